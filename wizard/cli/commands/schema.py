"""``schema``: the JSON schema of a document that another command writes."""

import argparse
from pathlib import PurePosixPath
from typing import Any

import msgspec

from wizard.cli import output
from wizard.cli.command_arguments import SCHEMAS
from wizard.model.value import Mode, to_json

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


_OCTAL = "^[0-7]{4,5}$"


def run(options: argparse.Namespace) -> int:
    """Write the schema, or the names of all documents where none is named."""
    output.result(to_json(schema_of(options.document)) if options.document else "\n".join(SCHEMAS))
    return 0


def schema_of(name: str) -> dict[str, Any]:
    """Return the schema of a document of `SCHEMAS` in the arguments.

    Fields that a later version adds are allowed, so a program that knows today's schema reads tomorrow's document.
    """
    kinds = _kinds(name)
    forms, components = msgspec.json.schema_components(kinds, schema_hook=_text, ref_template="#/$defs/{name}")
    whole = {"$schema": _DIALECT, "title": f"redis-wizard/{name}", "anyOf": list(forms), "$defs": components}
    for kind in kinds:
        properties = components[kind.__name__]["properties"]
        properties["schema"] = {"const": f"redis-wizard/{name}"}
        properties["version"] = {"const": properties["version"]["default"]}
    opened: dict[str, Any] = _without_limits(whole)
    return opened


def _kinds(name: str) -> tuple[type, ...]:
    """Return the values that a document can be; each is loaded where its schema is asked for."""
    from wizard import drift, recovery, timers  # noqa: PLC0415 - as said
    from wizard.cli.commands import cert, status  # noqa: PLC0415 - as said
    from wizard.model import answers, finding, plan, snapshot  # noqa: PLC0415 - as said
    from wizard.model import status as apply_status  # noqa: PLC0415 - as said
    from wizard.model.facts import host  # noqa: PLC0415 - as said
    from wizard.snapshots import compare, integrity, listing, prune  # noqa: PLC0415 - as said

    return {
        "report": (finding.Report,),
        "facts": (host.HostFacts,),
        "plan": (plan.Plan,),
        "status": (apply_status.ApplyStatus, status.NoApplyYet),
        "drift": (drift.Drift,),
        "certificates": (cert.CertificateList,),
        "attestations": (answers.Attestations,),
        "timers": (timers.TimerList,),
        "uninstall": (recovery.Removal,),
        "snapshots": (listing.Listing,),
        "snapshot": (snapshot.Snapshot,),
        "snapshots-diff": (compare.Difference,),
        "snapshots-verify": (integrity.Audit,),
        "snapshots-prune": (prune.Pruning,),
    }[name]


def _text(kind: type) -> dict[str, str]:
    if kind is PurePosixPath:
        return {"type": "string"}
    if kind is Mode:
        return {"type": "string", "pattern": _OCTAL}
    raise NotImplementedError(kind.__name__)


def _without_limits(part: Any) -> Any:  # noqa: ANN401 - a part of a JSON document
    if isinstance(part, dict):
        if part.get("pattern") == _OCTAL and "default" in part:
            part = {**part, "default": f"{part['default']:04o}"}
        fields = part.items()
        return {key: _without_limits(value) for key, value in fields if (key, value) != ("additionalProperties", False)}
    return [_without_limits(each) for each in part] if isinstance(part, list) else part
