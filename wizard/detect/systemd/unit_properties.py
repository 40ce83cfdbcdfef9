"""Which properties of a unit become facts, without the secrets of its command line.

Pure.
"""

from collections.abc import Mapping

from wizard.config import exec_start_arguments, server_arguments
from wizard.detect.commandline import masked_arguments
from wizard.model.facts.unreadable import MASK

SHOWN = (
    "Type",
    "User",
    "Group",
    "UMask",
    "LimitNOFILE",
    "LimitNOFILESoft",
    "MemoryMax",
    "MemoryHigh",
    "ReadWritePaths",
    "ProtectSystem",
    "NoExecPaths",
    "ExecPaths",
    "PrivateUsers",
    "PrivateTmp",
    "ProtectHome",
    "Restart",
    "TimeoutStartUSec",
    "TimeoutStopUSec",
    "ExecStart",
    "Slice",
    "RuntimeDirectory",
    "WorkingDirectory",
    "RootDirectory",
    "RootImage",
    "BindPaths",
    "BindReadOnlyPaths",
    "TemporaryFileSystem",
    "InaccessiblePaths",
)
"""Properties that become part of the facts."""


def visible_properties(properties: Mapping[str, str]) -> dict[str, str]:
    """Keep the properties that matter, with secrets of the command line masked."""
    kept = {name: properties[name] for name in SHOWN if name in properties}
    if "ExecStart" in kept:
        # What follows changes with every start, and facts are compared.
        command, moment, _ = kept["ExecStart"].partition(" ; start_time=")
        kept["ExecStart"] = _masked(f"{command} }}" if moment else command)
    return kept


def _masked(command: str) -> str:
    words = exec_start_arguments(command)
    for word, safe in zip(words, masked_arguments(words), strict=False):
        if word != safe:
            command = command.replace(word, MASK)
    return command


def runs_a_server(properties: Mapping[str, str]) -> bool:
    """Return whether a unit starts a server, by its program's name."""
    return bool(server_arguments(properties.get("ExecStart", "")))
