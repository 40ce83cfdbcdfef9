"""What the host has now of each answer, in the words of its field. Pure."""

from collections.abc import Callable, Mapping

from textual.content import Content

from screens import fields
from screens.fields import NO, YES
from screens.session import Session
from screens.text.formatting import literal
from screens.theme import TextStyle
from wizard.config import ResolvedConfig
from wizard.errors import PlanError
from wizard.formats.redisconf.directives import equivalent
from wizard.formats.redisconf.memory import memory_or_zero
from wizard.model.answers import DefaultUser, Durability, Purpose
from wizard.model.facts.instance import CertificateFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.text import format_amount, number, number_or
from wizard.model.value import Value, replace
from wizard.planning.preview.eviction import eviction_effect
from wizard.planning.preview.memory import memory_use
from wizard.settings import setting_of

_UNKNOWN = "[ ?? ]"
_LONGEST = 60
"""Columns for the value now, the wanted and the recommended one."""
_SHORT = 12
"""Columns for the recommended value in front of its reason; the second row has it in full."""
_NOTHING = {
    "tls.port": ("0", "off"),
    "network.port": ("0", "closed"),
    "network.unix_socket": ("", "off"),
    "memory.maxmemory": ("0", "no limit"),
    "acl.file": ("", "none"),
    "persistence.snapshots": ("", "none"),
    "audit.keyspace_events": ("", "none"),
}
"""Values of directives that mean none, and their word."""
_CLIENTS = {"yes": "required"}
_SWITCHES = frozenset({"network.protected_mode", "tls.replication"})
"""Answers that are on or off, as their directives are."""
_SET_TO = {"kernel.overcommit_memory": "1", "kernel.huge_pages": "never", "kernel.tcp_keepalive": "300"}
"""What the first kernel key of an answer that is on is set to."""
_IDLE = 300
_DURABILITIES = {
    Durability.ALWAYS: "nothing",
    Durability.SECOND: "one second",
    Durability.SNAPSHOTS: "some minutes",
    Durability.NOTHING_KEPT: "everything",
}


class Current(Value, frozen=True, kw_only=True):
    """What the host has of one answer."""

    text: str = ""
    """The value for a person; empty where the host holds none."""
    key: str = ""
    """The text of the answer that gives this value; empty where there is none."""
    filed: bool = False
    """The server could not be asked: it is the value of its files."""
    source: str = ""
    """The line that sets it at the next start."""
    after_apply: str = ""
    """What the applies in effect left; empty where that is in force still, or where none set it."""
    next_boot: str = ""
    """The value after the next boot, where a boot may change it."""
    fixed: bool = False
    """It cannot be set from here."""

    def stays(self, wanted: str) -> bool:
        """Return whether a wanted text is what the host has, and no other change is to be told."""
        return bool(self.text) and self.key == wanted and not self.filed and not self.after_apply

    @property
    def sentence(self) -> str:
        """The value, and what it was after the last apply where that is another one."""
        if not self.text:
            return ""
        since = f", {self.after_apply} after the last apply" if self.after_apply else ""
        return f"{'file' if self.filed else 'now'} {self.text}{since}"


class FieldState(Value, frozen=True, kw_only=True):
    """What is said of a field beside its text."""

    now: str = ""
    """What the host has now; empty where it has nothing."""
    changed: bool = False
    """It is not what the last apply left."""
    now_key: str = ""
    """The text of the answer that gives what the host has now."""
    recommended: str = ""
    """The recommended text; empty where the field has it."""

    @property
    def hint(self) -> Content:
        """What the host has now."""
        return literal(self.now, TextStyle.WARN if self.changed else TextStyle.TEXT)


def state_of(session: Session, name: str) -> FieldState:
    """Return what is said of a field beside its text."""
    found = current(session, name)
    return FieldState(
        now="as now" if found.stays(session.raw(name)) else found.sentence,
        changed=bool(found.after_apply),
        now_key=found.key,
        recommended=session.recommended_raw(name),
    )


def reason_of(session: Session, name: str) -> tuple[str, str]:
    """Return why an answer is asked or recommended, and the source of that."""
    reason, row = session.reason(name), setting_of(name)
    if reason is None:
        return row.reason, row.source
    # The reason is that of the recommended answer, and would be read as what the other one does.
    better = session.recommended_raw(name)
    if not better:
        return reason.why, reason.source
    words = _answer_in_words(session, name, better)
    return f"Why {words if len(words) <= _SHORT else '*'}: {reason.why}", reason.source


def current(session: Session, name: str) -> Current:
    """Return what the host has of ``section.field``."""
    configuration = session.configuration
    if name.startswith("kernel."):
        return _of_kernel(session, name)
    if configuration is None:
        return Current()
    if name in _DERIVED:
        return _DERIVED[name](session, configuration)
    targets = setting_of(name).targets
    return _of_directive(session, configuration, name, targets[0]) if targets else Current()


def transition(session: Session, name: str) -> str:
    """Return what becomes of an answer: the value now, the wanted and the recommended one, in one line."""
    found, wanted, better = current(session, name), session.raw(name), session.recommended_raw(name)
    if found.next_boot:
        return _of_boot(session, name, found)
    words = "" if name in session.typed else _limit(session, name) or _answer_in_words(session, name, wanted)
    becomes = f" -> {words or wanted}" if found.text else ""
    if found.text and (wanted in {found.key, fields.KEEP} or found.text == words):
        becomes = ", stays"
    if not better:
        return found.sentence + becomes
    marked = f"* recommended: {_answer_in_words(session, name, better)}"
    if len(found.sentence + becomes + marked) > _LONGEST:
        # The field shows what is wanted.
        becomes = ""
    return "; ".join(filter(None, (found.sentence + becomes, marked)))


def _limit(session: Session, name: str) -> str:
    """Return the amount that the answer on the limit comes to; empty for others, and where it is not known."""
    if name != "memory.maxmemory" or session.facts is None:
        return ""
    try:
        amount = memory_use(session.facts, session.instance, session.answers.memory).data.amount
    except PlanError:
        return ""
    return format_amount(amount) if amount else ""


def _of_boot(session: Session, name: str, found: Current) -> str:
    """Return what becomes of a kernel setting now and at the next boot."""
    wanted = session.raw(name)
    better = session.recommended_raw(name)
    marked = f"; * recommended: {_answer_in_words(session, name, better)}" if better else ""
    boot = f"next boot {found.next_boot}"
    if found.fixed:
        return f"{found.sentence}, {boot}; read-only here{marked}"
    if found.stays(wanted) or wanted in {NO, fields.KEEP} or not session.answers.kernel.manage:
        return f"{found.sentence}, stays; {boot}{marked}"
    value = _SET_TO.get(name, wanted)
    return f"{found.sentence} -> {value}; {boot} -> {value}{marked}"


def _answer_in_words(session: Session, name: str, raw: str) -> str:
    if name == "memory.purpose":
        purpose = replace(session.answers.memory, purpose=Purpose(raw))
        return eviction_effect(session.instance, purpose).policy
    if name == "persistence.durability":
        return _DURABILITIES.get(Durability(raw), raw)
    if name == "tls.client_certificates":
        return _CLIENTS.get(raw, raw)
    return {YES: "on", NO: "off", "": "none"}.get(raw, raw)


def _of_directive(session: Session, configuration: ResolvedConfig, name: str, directive: str) -> Current:
    live = configuration.in_force(directive)
    if live is None and not configuration.readable:
        return Current(text=_UNKNOWN)
    value = configuration.value(directive)
    if name == "network.unix_socket_permissions" and not configuration.value("unixsocket"):
        return Current()
    lines = configuration.lines_of(directive)
    left = session.left_by_applies.get(directive, value)
    return Current(
        text=_in_words(name, value),
        key=_key(name, value),
        filed=live is None,
        source=f"{lines[-1].path.name}:{lines[-1].line}" if lines else "",
        after_apply="" if left == value or equivalent(directive, left, value) else _in_words(name, left),
    )


def _in_words(name: str, value: str) -> str:
    nothing, word = _NOTHING.get(name, (None, ""))
    if value == nothing:
        return word
    if name == "memory.maxmemory":
        return format_amount(memory_or_zero(value))
    if name == "tls.client_certificates":
        return _CLIENTS.get(value, value)
    if name in _SWITCHES:
        return {YES: "on", NO: "off"}.get(value, value)
    return _key(name, value)


def _key(name: str, value: str) -> str:
    if name == "persistence.snapshots":
        words = value.split()
        return ", ".join(" ".join(words[at : at + 2]) for at in range(0, len(words), 2))
    return fields.in_words(name, value)


# --- answers that are no value of a directive ----------------------------------------------------


def _tls(_session: Session, configuration: ResolvedConfig) -> Current:
    on = configuration.value("tls-port") != "0"
    return Current(text="on" if on else "off", key=YES if on else NO)


def _plaintext(_session: Session, configuration: ResolvedConfig) -> Current:
    port = configuration.value("port")
    return Current(text="closed" if port == "0" else f"{port} open")


def _durability(_session: Session, configuration: ResolvedConfig) -> Current:
    if configuration.value("appendonly") == "yes":
        strict = configuration.value("appendfsync") == "always"
        found = Durability.ALWAYS if strict else Durability.SECOND
    else:
        found = Durability.SNAPSHOTS if configuration.value("save") else Durability.NOTHING_KEPT
    return Current(text=_DURABILITIES[found], key=found)


def _purpose(_session: Session, configuration: ResolvedConfig) -> Current:
    return Current(text=configuration.value("maxmemory-policy"))


def _default_user(session: Session, _configuration: ResolvedConfig) -> Current:
    rules = session.user_rules.get("default", "").split()
    if not rules:
        return Current(text=_UNKNOWN)
    if "on" not in rules:
        return Current(text="off", key=DefaultUser.OFF)
    return Current(text="on, no password" if "nopass" in rules else "on, with a password")


def _certificate(read: Callable[[CertificateFacts], str]) -> Callable[[Session, ResolvedConfig], Current]:
    def found(session: Session, configuration: ResolvedConfig) -> Current:
        certificates = session.instance.tls.certificates if session.instance else ()
        return (
            Current(text=read(certificates[0])) if configuration.value("tls-cert-file") and certificates else Current()
        )

    return found


_DERIVED: Mapping[str, Callable[[Session, ResolvedConfig], Current]] = {
    "tls.enabled": _tls,
    "tls.plaintext": _plaintext,
    "persistence.durability": _durability,
    "memory.purpose": _purpose,
    "acl.default_user": _default_user,
    "tls.names": _certificate(lambda each: " ".join(name.partition(":")[2] for name in each.names)),
    "tls.key_type": _certificate(lambda each: each.key_type),
    "tls.server_days": _certificate(lambda each: f"until {each.not_after[:10]}"),
}


def _of_kernel(session: Session, name: str) -> Current:
    if name == "kernel.open_files":
        return _open_files(session, name)
    targets = setting_of(name).targets
    settings = session.facts.kernel if session.facts else ()
    setting = next((each for each in settings if each.key in targets[:1]), None)
    if setting is None:
        return Current()
    if isinstance(setting.live, Unreadable):
        return Current(text=_UNKNOWN)
    left = session.left_by_applies.get(setting.key, setting.live)
    found = Current(
        text=setting.live,
        source=setting.next_boot_source,
        after_apply="" if left.split() == setting.live.split() else left,
        next_boot=setting.next_boot or "default",
        fixed=not setting.writable,
    )
    if name in _SET_TO:
        ok = setting.live == _SET_TO[name] or (name == "kernel.tcp_keepalive" and number_or(setting.live, 0) <= _IDLE)
        return replace(found, key=YES) if ok else found
    return _at_least(session, name, setting.live, found)


def _open_files(session: Session, name: str) -> Current:
    process = session.instance.process if session.instance else None
    if process is None:
        return Current()
    if isinstance(process.open_files, Unreadable):
        return Current(text=_UNKNOWN)
    return _at_least(session, name, str(process.open_files), Current(text=str(process.open_files)))


def _at_least(session: Session, name: str, live: str, found: Current) -> Current:
    """Return the value with the answer as its key where it is as high as wanted: no limit is lowered."""
    wanted = session.raw(name)
    if name == "kernel.swappiness":
        return replace(found, key=live)
    if number(wanted) is None or number_or(live) < number_or(wanted):
        return found
    return replace(found, key=wanted, text=live if live == wanted else f"{live}, enough")
