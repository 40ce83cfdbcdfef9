"""The rules that ufw loads at boot, as texts for ``iptables-restore``.

Source:
    ufw 0.36.2, ``ufw-init-functions``.
"""

from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.errors import InvalidValueError
from wizard.model.facts.files import FileStatus

_RULES = PurePosixPath("/etc/ufw")
_SETTINGS = (PurePosixPath("/etc/default/ufw"), _RULES / "ufw.conf")
_HOOKS = ("before.init", "after.init")
_DIRECTIONS = ("input", "output", "forward")
_ORDER = ("before-logging", "before", "after", "after-logging", "reject", "track")
_LATER = ("logging-deny", "logging-allow")
_USER = ("user-limit", "user-limit-accept")


def ufw_steps(reader: Reader) -> list[tuple[str, str]]:
    """Return what ufw loads, in its order; nothing where it is off.

    Raises:
        InvalidValueError: a script of the operator's has a part in it, or a file is missing.
    """
    settings = _settings(reader)
    if settings.get("ENABLED", "").lower() != "yes":
        return []
    for hook in _HOOKS:
        status = reader.status(_RULES / hook)
        if isinstance(status, FileStatus) and status.mode & 0o100:
            raise InvalidValueError(f"ufw runs {_RULES / hook}, which may load rules")
    steps = _family(reader, settings, "ip", "")
    if settings.get("IPV6", "").lower() == "yes":
        return [*steps, *_family(reader, settings, "ip6", "6")]
    closed = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT"
    return [*steps, ("ip6:", closed)]


def _settings(reader: Reader) -> dict[str, str]:
    found = (line.partition("=") for path in _SETTINGS for line in reader.lines(path) if not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, equals, value in found if equals}


def _family(reader: Reader, settings: dict[str, str], kind: str, suffix: str) -> list[tuple[str, str]]:
    policies = {each: settings.get(f"DEFAULT_{each.upper()}_POLICY", "ACCEPT") for each in _DIRECTIONS}
    files = {name: _RULES / f"{name}{suffix}.rules" for name in ("before", "after", "user")}
    texts = {name: reader.text(path) for name, path in files.items()}
    for name, text in texts.items():
        if not text:
            raise InvalidValueError(f"ufw needs {files[name]}, which is empty or missing")
    user = [f":ufw{suffix}-user-{each} - [0:0]" for each in _DIRECTIONS]
    user += [f":ufw{suffix}-user-logging-{each} - [0:0]" for each in _DIRECTIONS]
    user += [f":ufw{suffix}-{name} - [0:0]" for name in _USER]
    ends = [f"-A ufw{suffix}-before-{each} -j ufw{suffix}-user-{each}" for each in _DIRECTIONS]
    builtin = [
        f":{each.upper()} {'ACCEPT' if policy == 'ACCEPT' else 'DROP'} [0:0]" for each, policy in policies.items()
    ]
    first, own = _table(_head(policies, suffix)), _table(user)
    return [
        (f"{kind}:", "\n".join((first, texts["before"], texts["after"], own))),
        (f"{kind}:", "\n".join((texts["user"], _table(ends), _table(builtin)))),
    ]


def _head(policies: dict[str, str], suffix: str) -> list[str]:
    """Return the chains that ufw makes first, and what its default policy adds to them."""
    chains = [f":ufw{suffix}-{part}-{each} - [0:0]" for part in _ORDER for each in _DIRECTIONS]
    chains += [f":ufw{suffix}-{name} - [0:0]" for name in _LATER]
    chains += [f":ufw{suffix}-skip-to-policy-{each} - [0:0]" for each in _DIRECTIONS]
    jumps = [f"-A {each.upper()} -j ufw{suffix}-{part}-{each}" for each in _DIRECTIONS for part in _ORDER]
    for each, policy in policies.items():
        jumps.append(f"-A ufw{suffix}-skip-to-policy-{each} -j {policy}")
        if policy == "REJECT":
            jumps.append(f"-A ufw{suffix}-reject-{each} -j REJECT")
        if policy == "ACCEPT":
            jumps += [
                f"-A ufw{suffix}-track-{each} -p {protocol} -m conntrack --ctstate NEW -j ACCEPT"
                for protocol in ("tcp", "udp")
            ]
    return [*chains, *jumps]


def _table(lines: list[str]) -> str:
    return "\n".join(("*filter", *lines, "COMMIT"))
