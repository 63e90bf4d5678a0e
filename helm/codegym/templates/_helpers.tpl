{{- define "codegym.labels" -}}
{{- $who := dict "app.kubernetes.io/name" "codegym" "app.kubernetes.io/instance" .root.Release.Name }}
{{- set $who "app.kubernetes.io/component" .component | toJson }}
{{- end }}

{{- define "codegym.name" -}}
{{ printf "%s-%s" .root.Release.Name .component | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "codegym.image" -}}
image: "{{ .image.repository }}:{{ .image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion }}"
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- end }}

{{- /* What PodSecurity `restricted` asks for, in every pod of ours. */}}
{{- define "codegym.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .uid }}
  runAsGroup: {{ .uid }}
  fsGroup: {{ .uid }}
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "codegym.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{- /* A pod that ends is asked for seconds more, until all machines know that it does: nobody meets a closed door. */}}
{{- define "codegym.leave" -}}
lifecycle: { preStop: { exec: { command: [sleep, "5"] } } }
{{- end }}

{{- /* On other machines, where there are some: one that goes takes not all of them along. */}}
{{- define "codegym.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: { matchLabels: {{ include "codegym.labels" . }} }
{{- end }}

{{- /* What service, workers and jobs know: the records, the courses, the key of the sandbox hosts. */}}
{{- define "codegym.env" -}}
- { name: HOME, value: /srv/state }
- { name: CODEGYM_DATA_DIR, value: /srv/state/records } # the records are in PostgreSQL: scratch, and the keys
- name: CODEGYM_DATABASE
  valueFrom:
    secretKeyRef:
      name: {{ required "database.secret.name: a Secret with the database's address" .Values.database.secret.name }}
      key: {{ .Values.database.secret.key }}
- { name: CODEGYM_SANDBOX, value: remote }
{{- $host := include "codegym.name" (dict "root" . "component" "sandbox-host") }}
- name: CODEGYM_SANDBOX_HOST
  value: "{{ if .Values.sandboxHost.tlsSecret }}tls:{{ end }}{{ $host }}:{{ .Values.sandboxHost.port }}"
- { name: CODEGYM_SANDBOX_KEY_FILE, value: /srv/sandbox-key/{{ .Values.sandboxHost.keySecret.key }} }
{{- if .Values.sandboxHost.tlsSecret }}
- { name: CODEGYM_SANDBOX_CA, value: /srv/sandbox-tls/ca.crt }
{{- end }}
- { name: CODEGYM_LOG_FORMAT, value: json }
{{- if .Values.courses.existingClaim }}
- { name: CODEGYM_COURSES, value: /srv/courses }
{{- end }}
{{- with .Values.metrics.tokenSecret }}{{ if .name }}
- name: CODEGYM_METRICS_TOKEN
  valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .key }} } }
{{- end }}{{ end }}
{{- if .Values.dapr.enabled }}
- { name: CODEGYM_EVENT_SINKS, value: "log,dapr" }
- { name: CODEGYM_DAPR_PUBSUB, value: "{{ .Values.dapr.pubsub }}" }
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "codegym.mounts" -}}
- { name: scratch, mountPath: /tmp }
- { name: state, mountPath: /srv/state }
- { name: config, mountPath: /srv/config, readOnly: true }
- { name: sandbox-key, mountPath: /srv/sandbox-key, readOnly: true }
{{- if .Values.sandboxHost.tlsSecret }}
- { name: sandbox-tls, mountPath: /srv/sandbox-tls, readOnly: true }
{{- end }}
{{- if .Values.courses.existingClaim }}
- { name: courses, mountPath: /srv/courses, readOnly: true }
{{- end }}
{{- end }}

{{- define "codegym.volumes" -}}
- { name: scratch, emptyDir: { sizeLimit: 1Gi } }
- { name: state, emptyDir: { sizeLimit: 1Gi } }
- { name: config, configMap: { name: {{ include "codegym.name" (dict "root" . "component" "config") }} } }
{{- $key := required "sandboxHost.keySecret.name: a Secret, the hosts' key" .Values.sandboxHost.keySecret.name }}
- { name: sandbox-key, secret: { secretName: {{ $key }}, defaultMode: 0440 } }
{{- if .Values.sandboxHost.tlsSecret }}
- name: sandbox-tls # the authority alone: the private key is the sandbox host's
  secret: { secretName: {{ .Values.sandboxHost.tlsSecret }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- if .Values.keysSecret }}
- { name: keys, secret: { secretName: {{ .Values.keysSecret }}, defaultMode: 0440 } }
{{- end }}
{{- if .Values.courses.existingClaim }}
- { name: courses, persistentVolumeClaim: { claimName: {{ .Values.courses.existingClaim }}, readOnly: true } }
{{- end }}
{{- end }}

{{- /* The keys are copied to where the records' folder would be, which pods may write to. */}}
{{- define "codegym.keys" -}}
{{- if .Values.keysSecret }}
initContainers:
  - name: keys
    {{- include "codegym.image" (dict "root" . "image" .Values.image) | nindent 4 }}
    command: [sh, -c, "umask 077 && mkdir -p /srv/state/records && cp /srv/keys/* /srv/state/records/"]
    volumeMounts:
      - { name: state, mountPath: /srv/state }
      - { name: keys, mountPath: /srv/keys, readOnly: true }
    resources: { requests: { cpu: 10m, memory: 16Mi }, limits: { memory: 64Mi } }
    {{- include "codegym.containerSecurity" . | nindent 4 }}
{{- end }}
{{- end }}
