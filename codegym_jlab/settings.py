"""Every setting: traitlets, the environment, and the plain values that the rest is given."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir, jupyter_path
from traitlets import Bool, Dict, Enum, Float, Integer, List, Unicode, default
from traitlets.config import Configurable

from .events.sinks import Routes
from .records import entries, frozen
from .telemetry.logs import FORMATS, LEVELS
from .telemetry.traces import Traces

if TYPE_CHECKING:
    from .sandbox.levels import Wanted

PLACES = ("", "local", "binder")
DEFAULT_LLM = "ollama:qwen2.5:3b"
#: What a role of the Hub may give a person in every class: the Hub's scopes, each with the one before, and the role.
SCOPES = {"custom:codegym:grade": "grader", "custom:codegym:teach": "instructor", "custom:codegym:admin": "admin"}
HOST_AT_ONCE = 8  #: submissions under way on each sandbox host; those beyond its leases wait there
RECORDS_FILE = "codegym.sqlite"  #: in the folder of the records


def told_of_password(url: str, tell: Callable[[str], None]) -> str:
    """The same URL of a database, as it stands on a command line; where it holds one, that is told."""
    if re.search("://[^/]*:[^/]*@|[?&]password=", url):
        tell("anybody here can see the password on your command line: set CODEGYM_DATABASE instead, or use ~/.pgpass")
    return url


class Variable(Unicode[str, str]):
    """A text whose default is what the environment says, under CODEGYM_ and the setting's name in capitals."""

    def default(self, obj: Any = None) -> str:
        """See the base."""
        assert self.name is not None
        return os.environ.get(f"CODEGYM_{self.name.upper()}") or str(self.default_value)


@frozen
class Settings:
    """The settings as plain values: what `build` takes. Paths are absolute."""

    courses_dir: Path
    data_dir: Path
    root_dir: Path
    database: str = field(repr=False)  #: may hold a password
    service: str
    work_dir: str
    sandbox: str
    sandbox_host: str
    sandbox_key_file: str
    sandbox_ca: str
    author_sandbox: str
    allow_unsafe_sandbox: bool
    requests_person: int
    requests_address: int
    proxies: str
    place: str
    max_body_kb: int
    max_notebook_kb: int
    admins: frozenset[str]
    staff_tokens: bool
    sweep_s: float
    judge_at_once: int
    warm_kernels: bool
    wait_s: float
    hold_back: bool
    retention: Mapping[str, Any]
    events: Routes
    lti: Mapping[str, Any]  #: `events.lti.Platform`; empty: none
    traces: Traces
    llms: tuple[Any, ...]  #: as `llm.registry` reads them; empty: no model is asked
    llm_tokens_student: int  #: a day; 0: no limit
    llm_tokens_class: int
    log_format: str
    log_level: str
    metrics_token: str = field(repr=False)
    version: str  #: of this package

    @property
    def records(self) -> Path | str:
        """Where they are kept: a SQLite file, which may not be there yet, or the URL of a database."""
        return self.database or self.data_dir / RECORDS_FILE

    @property
    def at_once(self) -> int:
        """Submissions judged at the same time; 0: as many as this machine's processors take."""
        hosts = len(self.sandbox_host.split(",")) if self.sandbox == "remote" else 0
        return self.judge_at_once or HOST_AT_ONCE * hosts

    @property
    def wanted_sandbox(self) -> Wanted:
        """What they say of sandboxes."""
        from .sandbox.levels import Wanted

        where = (self.sandbox_host, self.sandbox_key_file, self.sandbox_ca, self.author_sandbox)
        return Wanted(self.sandbox, self.allow_unsafe_sandbox, *where)


class CodeGym(Configurable):
    """Settings of CodeGYM, as `--CodeGym.courses_dir=…` or `c.CodeGym.courses_dir = …`: every trait is one."""

    courses_dir = Unicode(
        help="Folder of courses: config.yaml, one folder a course. Default: $CODEGYM_COURSES, else those that ship."
    )
    data_dir = Unicode(
        help="Folder of the records (SQLite) and the server's keys. Default: $CODEGYM_DATA_DIR, else `codegym` in "
        "Jupyter's data folder."
    )
    database = Variable(
        help="A PostgreSQL database for the records: postgresql://NAME:PASSWORD@HOST/DATABASE. Several servers may "
        "share it. Default: $CODEGYM_DATABASE, else a SQLite file in data_dir."
    )
    service = Variable(
        help="On a student's server in a class: where `codegym hub` answers, http://HOST:PORT/services/NAME. It then "
        "keeps no records, course or key of its own, and passes everything on. Default: $CODEGYM_SERVICE, else none."
    )
    work_dir = Unicode(
        ".", help="Folder for the students' course folders, below the server's root. Default: the root itself."
    )
    sandbox = Variable(
        help="Sandbox level: namespaces, confined; docker, docker+runsc; remote with sandbox_host; process with "
        "allow_unsafe_sandbox. Default: $CODEGYM_SANDBOX, else the best that works here."
    )
    sandbox_host = Variable(
        help="For the level remote, where codegym sandbox-host listens: unix:/PATH, HOST:PORT or tls:HOST:PORT; "
        "several, separated by commas, take turns. Default: $CODEGYM_SANDBOX_HOST."
    )
    sandbox_key_file = Variable(
        help="File of the key shared with the sandbox host. Default: $CODEGYM_SANDBOX_KEY_FILE, $CODEGYM_SANDBOX_KEY."
    )
    sandbox_ca = Variable(
        help="File of certificates to check a tls: sandbox host against. Default: $CODEGYM_SANDBOX_CA."
    )
    author_sandbox = Variable(
        help="For the level remote: the level used here for the teacher's side (hidden checks, solutions), which never "
        "goes to a sandbox host. Default: $CODEGYM_AUTHOR_SANDBOX, else the best that works here."
    )
    allow_unsafe_sandbox = Bool(
        False,
        help="DANGER. If no sandbox works, check answers with no isolation at all: an answer then acts as you, with "
        "your files and your network, and it can read the hidden tests.",
    )
    place = Enum(PLACES, help="local or binder. Default: $CODEGYM_PLACE, else binder if Binder's variables are set.")
    max_body_kb = Integer(1024, min=16, help="Largest request, in kB.")
    max_notebook_kb = Integer(20 * 1024, min=16, help="Largest request that holds a notebook, in kB.")
    requests_person = Integer(
        1200,
        min=0,
        help="For codegym hub: how many requests one person may make a minute, a quarter of them at once; 0: no limit.",
    )
    requests_address = Integer(
        6000,
        min=0,
        help="The same for one address, which many people may share; it counts before anyone is asked who they are.",
    )
    proxies = Unicode(
        "127.0.0.0/8, ::1",
        help="For codegym hub: addresses or networks, separated by commas, whose X-Forwarded-For header is trusted: "
        "the Hub's proxy and whatever stands in front of it. Their own requests are not counted by address.",
    )
    admins = Variable(
        help="Accounts that run the whole site, separated by commas: they may do anything in every class. Default: "
        "$CODEGYM_ADMINS, else only the user of a single computer."
    )
    staff_tokens = Bool(
        False,
        help="Let tokens do staff work as well. Otherwise a token has a student's rights, whoever owns it, and staff "
        "log in with a browser: the token of a person's server lies where their notebooks run. This does not concern "
        "the user of a single computer.",
    )
    sweep_s = Float(3.0, min=0.1, help="Seconds between two searches for answers that are stored but not judged.")
    judge_at_once = Integer(
        0,
        min=0,
        help="How many submissions are judged at the same time; 0: one for each processor, or 8 for each sandbox host. "
        "A regrade uses what is left, but at least one.",
    )
    wait_s = Float(
        25.0,
        min=0,
        help="Seconds a request waits for its judgement. After that the reply says that the answer is stored.",
    )

    retention = Dict(
        help="Days after which records are deleted, or `never`: deliveries_days (30: events that every sink has), "
        "drafts_days (30: drafts of what was handed in, except the newest), outputs_days (what was printed, returned), "
        "submissions_days (texts of tries, and of what does not count), conversations_days (with the tutor), "
        "tickets_days (answered questions to a person). The last four are kept forever unless you set them."
    )
    hold_back = Bool(
        False,
        help="Hold back as in a class: new answers wait if `policy.rate` says so, and a judgement that took long is "
        "shown after 1, 4 or 16 seconds. This is no use where students can read the hidden tests.",
    )

    warm_kernels = Bool(
        True,
        help="Prepare sandboxed kernels when a student opens a course, so that a notebook's kernel starts at once.",
    )

    event_sinks = Variable(
        "log",
        help="Where events go, separated by commas: log (Jupyter's event log), kafka, dapr; or none. Default: "
        "$CODEGYM_EVENT_SINKS, else log.",
    )
    event_topic = Variable(
        "codegym.events", help="Topic on Kafka or Dapr. Default: $CODEGYM_EVENT_TOPIC, else codegym.events."
    )
    kafka_servers = Variable(help="Kafka's HOST:PORT, or several separated by commas. Default: $CODEGYM_KAFKA_SERVERS.")
    kafka_properties = Variable(
        help="File of Kafka's client properties (name=value: TLS, SASL, passwords). Default: $CODEGYM_KAFKA_PROPERTIES."
    )
    lti = Dict(help="A class's learning platform, as `hub.config.configure` takes it. Default: $CODEGYM_LTI, as JSON.")
    traces = Variable(
        help="A collector of traces (OTLP over HTTP): http://HOST:4318; or none. Default: $CODEGYM_TRACES, else what "
        "the OTEL_… variables say."
    )
    trace_content = Bool(
        help="Put what students write and print into their traces. Default: only if $CODEGYM_TRACE_CONTENT is 1."
    )
    dapr_url = Variable(help="URL of Dapr's sidecar. Default: $CODEGYM_DAPR_URL, else what Dapr's own variables say.")
    dapr_pubsub = Variable(
        "codegym", help="The sidecar's pub/sub component. Default: $CODEGYM_DAPR_PUBSUB, else codegym."
    )

    llms: Any = List(
        help="Language models for the tutor, asked in this order until one answers: ollama:MODEL, ollama:URL#MODEL, "
        "openai:URL#MODEL, scripted:FILE; or a dict with `llm` and label, key_env, key_file, "
        "context, profile, first_s, between_s, total_s, tries. Default: $CODEGYM_LLM (by commas), else "
        "ollama:qwen2.5:3b. CODEGYM_LLM=none turns off every model, whatever is set here."
    )
    llm_tokens_student = Integer(0, min=0, help="How many tokens a student may use in a day; 0: no limit.")
    llm_tokens_class = Integer(0, min=0, help="How many tokens a class may use in a day; 0: no limit.")

    log_format = Enum(
        FORMATS,
        help="plain, or json: one line of JSON for each record, the server's own included, with the ids of request and "
        "submission. Default: $CODEGYM_LOG_FORMAT, else plain.",
    )
    log_level = Enum(
        LEVELS,
        help="DEBUG, INFO, WARNING or ERROR, for CodeGYM's own records. Default: $CODEGYM_LOG_LEVEL, else the "
        "server's.",
    )
    metrics_token = Variable(
        help="Anyone who sends this token (Authorization: Bearer …) may read /codegym/metrics; it is for Prometheus. "
        "Default: $CODEGYM_METRICS_TOKEN, else only staff may."
    )

    _courses_dir = default("courses_dir")(lambda self: os.environ.get("CODEGYM_COURSES") or str(shipped_courses()))
    _data_dir = default("data_dir")(
        lambda self: os.environ.get("CODEGYM_DATA_DIR") or os.path.join(jupyter_data_dir(), "codegym")
    )
    _log_format = default("log_format")(lambda self: os.environ.get("CODEGYM_LOG_FORMAT", ""))
    _log_level = default("log_level")(lambda self: os.environ.get("CODEGYM_LOG_LEVEL", "").upper())
    _trace_content = default("trace_content")(lambda self: os.environ.get("CODEGYM_TRACE_CONTENT") == "1")
    _lti = default("lti")(lambda self: json.loads(os.environ.get("CODEGYM_LTI") or "{}"))
    _place = default("place")(lambda self: place_of(os.environ))

    @default("llms")
    def _llms(self) -> list[str]:
        return entries(os.environ.get("CODEGYM_LLM", "")) or [DEFAULT_LLM]

    def settings(self, root_dir: str | Path, version: str = "") -> Settings:
        """These settings for a server whose files begin at `root_dir`."""
        same = {field.name: getattr(self, field.name) for field in fields(Settings) if self.has_trait(field.name)}
        others: dict[str, Any] = {
            "courses_dir": Path(self.courses_dir).expanduser().absolute(),
            "data_dir": Path(self.data_dir).expanduser().absolute(),
            "root_dir": Path(root_dir).expanduser().absolute(),
            "admins": frozenset(entries(self.admins)),
            "events": Routes(
                self.event_sinks,
                self.event_topic,
                self.kafka_servers,
                self.kafka_properties,
                self.dapr_url,
                self.dapr_pubsub,
            ),
            "traces": Traces(self.traces, self.trace_content),
            "llms": () if os.environ.get("CODEGYM_LLM", "").strip().lower() == "none" else tuple(self.llms),
            "version": version,
        }
        return Settings(**(same | others))


for trait in CodeGym.class_own_traits().values():
    trait.tag(config=True)


def place_of(environment: Mapping[str, str]) -> str:
    """$CODEGYM_PLACE; else `binder` where Binder's own variables are set, else `local`."""
    named = environment.get("CODEGYM_PLACE", "")
    if named in PLACES[1:]:
        return named
    return "binder" if any(name in environment for name in ("BINDER_SERVICE_HOST", "BINDER_LAUNCH_HOST")) else "local"


@frozen
class Roles:
    """Where the roles of this server's accounts come from: its user is everything, or the enrolments say."""

    owner: bool
    why: str  #: a sentence, for `codegym doctor`


def roles_here(environment: Mapping[str, str]) -> Roles:
    """The one rule of who may what: under JupyterHub an account has the roles of its enrolment, alone one has all.

    A Binder server runs under a Hub too, but is thrown away with its one visitor: they own it.
    """
    if service := environment.get("CODEGYM_SERVICE"):
        return Roles(False, f"a student's server: {service} says who may what; no records or course are read here")
    if place_of(environment) == "binder":
        return Roles(True, "a Binder server has one visitor, who is everything in every course")
    if any(name.startswith("JUPYTERHUB_") for name in environment):
        return Roles(False, "under JupyterHub an account has the roles of its enrolment (on a service also the Hub's)")
    return Roles(True, "no JupyterHub here: who has this server's token is everything in every course")


def shipped_courses() -> Path:
    """The courses of this checkout, else those that the wheel put beside Jupyter's data."""
    checkout = Path(__file__).resolve().parent.parent / "courses"
    installed = [Path(path).parent / "codegym" / "courses" for path in jupyter_path()]
    candidates = [checkout, Path(sys.prefix) / "share" / "codegym" / "courses", *installed]
    return next((path for path in candidates if (path / "config.yaml").is_file()), candidates[1])
