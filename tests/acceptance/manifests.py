"""Hold manifests against Kubernetes' own schemas, where an unknown field is an error; run by the part `helm`'s Python.

`manifests.py VERSION [CRD.yaml …] < manifests`: a line for each fault, then how many manifests there were.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml


def strict(schema: Any) -> Any:
    """A kind of one's own drops what its schema does not name: here that is an error."""
    if isinstance(schema, dict):
        if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            schema.setdefault("additionalProperties", False)
        if schema.get("x-kubernetes-int-or-string"):
            schema.pop("type", None)
        for value in schema.values():
            strict(value)
    elif isinstance(schema, list):
        for value in schema:
            strict(value)
    return schema


def kinds(files: list[str]) -> dict[tuple[str, str], Any]:
    """(apiVersion, kind) → its schema."""
    found = {}
    for definition in (d for file in files for d in yaml.safe_load_all(Path(file).read_text("utf-8")) if d):
        spec = definition["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object"}
            found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    return found


def main(version: str, *files: str) -> int:
    """The exit status: 1 where there are faults."""
    own, faults = kinds(list(files)), 0
    documents = [document for document in yaml.safe_load_all(sys.stdin) if document]
    for document in documents:
        try:
            if schema := own.get((document["apiVersion"], document["kind"])):
                jsonschema.Draft7Validator(schema).validate(document)
            else:
                kubernetes_validate.validate(document, version, strict=True)
        except (jsonschema.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
            faults += 1
            place = ".".join(map(str, getattr(error, "path", ())))
            print(document["kind"], document["metadata"]["name"], place, str(error).split("\n")[0])
    print(len(documents))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
