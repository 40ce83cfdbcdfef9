"""Beyond the chapter: how the server is run, and what it could do to its host."""

import re
from collections.abc import Sequence

from wizard.checklist.certificates import certificate_evidence, validity_problem
from wizard.checklist.context import AS_ROOT, LOGIN, CheckContext
from wizard.checklist.drift import drifted, drifted_users
from wizard.checklist.flaws import FRESH, LIST_MADE, Flaw, flaws_of, is_newer_than_list
from wizard.checklist.item import Item
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.setting import LIVE, judge, seen_in, setting
from wizard.checklist.users import file_users, live_users
from wizard.model.facts.host import Package
from wizard.model.facts.service import DELETED, Flavour
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Evidence, Severity
from wizard.model.text import counted

_SANDBOX = ("ProtectSystem", "NoExecPaths", "PrivateTmp", "ProtectHome")
_OFF = frozenset({"", "no", "false", "off", "0"})
_PROTECTED = ("enable-protected-configs", "enable-debug-command", "enable-module-command")
_SEVEN = 7
_SHOWN = 3
_SHOWN_DRIFT = 10
_OF_PACKAGES = ("/usr/bin/", "/usr/sbin/", "/usr/libexec/")
"""Where distributions have their programs."""


def not_root(subject: CheckContext) -> Judgement:
    """The user of the process, else of the unit."""
    process, unit = subject.instance.process, subject.instance.unit
    if process:
        user, source, runs = process.user, f"/proc/{process.pid}", "The server runs"
    elif unit:
        user, source = unit.properties.get("User", "") or "root", unit.name
        runs = f"{unit.name} starts the server"
    else:
        return unknown("Neither process nor unit of the server is known.", fix="Check again while the server runs.")
    evidence = observed("user", source, user)
    if user in ("root", "0"):
        return failed(f"{runs} as root.", evidence)
    return passed(f"{runs} as {user}.", evidence)


def sandbox(subject: CheckContext) -> Judgement:
    """What the unit still forbids, with its drop-ins."""
    unit = subject.instance.unit
    if not unit:
        return not_applicable("No systemd unit runs the server.")
    known = {name: unit.properties[name] for name in _SANDBOX if name in unit.properties}
    evidence = [observed(name, unit.name, value or "not set") for name, value in known.items()]
    evidence += [observed("drop-in", str(path), "read after the unit") for path in unit.drop_ins]
    if not evidence:
        return unknown("The unit's properties could not be read.", fix=AS_ROOT)
    if known.get("ProtectSystem", "").lower() in _OFF:
        where = f" (see {unit.drop_ins[-1]})" if unit.drop_ins else ""
        return failed(f"ProtectSystem is off{where}: the server can write wherever its user can.", *evidence)
    return passed("The unit protects the file system from the server.", *evidence)


def protected_commands(subject: CheckContext) -> Judgement:
    """The three switches of 7.0 that let a client reach the host."""
    if 0 < subject.major < _SEVEN:
        return not_applicable(f"Version {subject.version} does not have these directives.")
    parts = [judge(subject, name, lambda value: value.lower() == "no", wanted="no") for name in _PROTECTED]
    return all_of(parts, summary=f"Protected configs, DEBUG and MODULE are off, {seen_in(subject)}.")


def modules(subject: CheckContext) -> Judgement:
    """Modules run with every right of the server: those that are loaded, and those that the next start loads."""
    file = f"{subject.file.main}" if subject.file else ""
    lines = [line for line in subject.file.lines if line.name == "loadmodule"] if subject.file else []
    evidence = [observed("loadmodule", f"{line.path}:{line.line}", " ".join(line.arguments[:1])) for line in lines]
    if option := subject.configuration.override("loadmodule"):
        evidence.append(observed("--loadmodule", "command line of the service", option))
    if subject.live:
        evidence += [observed("module", f"{LIVE}, MODULE LIST", each) for each in subject.live.modules]
    if evidence:
        names = dict.fromkeys(each.value.split()[0] if each.value else each.what for each in evidence)
        return failed(f"{counted(len(names), 'module')} with every right of the server: {', '.join(names)}.", *evidence)
    if not subject.file:
        return subject.cannot_read_file()
    if subject.running:
        asked = subject.live and not any(each.what == "MODULE LIST" for each in subject.live.unreadable)
        if not asked:
            return subject.cannot_ask("MODULE LIST")
        return passed(
            "No module is loaded, and the file names none.",
            observed("loaded modules", f"{LIVE}, MODULE LIST or INFO", "none"),
            observed("loadmodule", file, "none"),
        )
    return unknown(
        "The file names no module, but the server does not run, so MODULE LIST was not read.",
        observed("loadmodule", file, "none"),
        fix="Start the server and check again.",
    )


def supported(subject: CheckContext) -> Judgement:
    """The version against known flaws, and what the distribution's package has fixed of them."""
    if not subject.version:
        return unknown("The version of the server is not known.", fix=LOGIN)
    flavour, version = subject.instance.flavour, subject.version
    evidence = [observed("version", LIVE if subject.live else str(subject.instance.binary), f"{flavour} {version}")]
    if flavour not in (Flavour.REDIS, Flavour.VALKEY):
        return unknown(f"The known flaws of {flavour} are not listed here.", *evidence, fix="Ask its vendor.")
    flaws = flaws_of(flavour, version)
    package = _package_of(subject)
    if package:
        evidence.append(observed(f"package {package.name}", package.changelog or "package manager", package.version))
        evidence += [observed(each, package.changelog, "fixed") for each in package.fixed_flaws]
    left = [each for each in flaws if package is None or each.cve not in package.fixed_flaws]
    if left:
        return _flawed(package, version, left, evidence)
    first, *rest = evidence
    if flaws and package:
        fixed = passed(f"The changelog of {package.name} names a fix for each known flaw of {version}.", first, *rest)
        return _doubt(subject, package, evidence) or fixed
    return _without_flaws(subject, version, evidence)


def _doubt(subject: CheckContext, package: Package, evidence: Sequence[Evidence]) -> Judgement | None:
    """Say why the fixes of a package are not proven for the program that runs; ``None`` where they are."""
    process = subject.instance.process
    if process is None or (process.executable.startswith(_OF_PACKAGES) and not process.executable.endswith(DELETED)):
        return None
    path = process.executable.removesuffix(DELETED)
    if not path:
        why = f"The program of process {process.pid} could not be read: that it is of {package.name} is not proven."
        return unknown(why, *evidence, fix=AS_ROOT)
    evidence = [*evidence, observed("program", f"/proc/{process.pid}/exe", process.executable)]
    if process.executable.endswith(DELETED):
        why = f"{path} was replaced since the server started: the earlier program still runs."
        return unknown(why, *evidence, fix="Restart the server, and check again.")
    why = f"The server runs {path}, which is not where {package.name} has its program."
    return unknown(why, *evidence, fix=f"Start the server from {package.name}, or ask the vendor of {path}.")


def _flawed(package: Package | None, version: str, left: Sequence[Flaw], evidence: Sequence[Evidence]) -> Judgement:
    names = ", ".join(each.cve for each in left[:_SHOWN]) + (" and more" if len(left) > _SHOWN else "")
    if package and not package.changelog:
        return unknown(
            f"{version} has known flaws ({names}), and the changelog of {package.name} could not be read.",
            *evidence,
            fix=f"Compare {package.version} with the security tracker of your distribution.",
        )
    where = f" {package.name} {package.version} names no fix" if package else f" {left[0].what}"
    return failed(f"{version} has known flaws ({names}):{where}.", *evidence)


def _without_flaws(subject: CheckContext, version: str, evidence: Sequence[Evidence]) -> Judgement:
    """A version that has none of the flaws in the table, which says nothing of later ones."""
    first, *rest = evidence
    if is_newer_than_list(subject.instance.flavour, version):
        why = f"{version} belongs to a release line that is newer than the list of known flaws ({LIST_MADE})"
    elif subject.today - LIST_MADE > FRESH:
        why = f"{version} has no flaw of the list of {LIST_MADE}, which does not know later ones"
    else:
        return passed(f"{version} has no known flaw (list of {LIST_MADE}).", first, *rest)
    return unknown(f"{why}.", first, *rest, fix="Compare the version with the security advisories of its vendor.")


def _package_of(subject: CheckContext) -> Package | None:
    """Return the package of the distribution that the server is from."""
    binary = subject.instance.binary
    if isinstance(binary, Unreadable) or not binary.startswith(_OF_PACKAGES):
        return None
    version = subject.version
    kind = subject.instance.flavour.value
    found = (each for each in subject.facts.packages if each.installed and each.name.startswith(kind))
    return next((each for each in found if re.split(r"[-+~]", each.version.rpartition(":")[2])[0] == version), None)


def no_drift(subject: CheckContext) -> Judgement:
    """Live values against the file or the default, by meaning."""
    if not subject.file:
        return subject.cannot_read_file()
    if subject.directives is None:
        return subject.cannot_ask("CONFIG GET") if subject.running else not_applicable("The server does not run.")
    if differing := _differing(subject):
        return differing
    for unread in subject.file.problems:
        if unread.code == "missing-include":
            return unknown(unread.what, fix=unread.remedy)
    compared = observed("directives compared", LIVE, len(subject.directives))
    users = "values and users of its file."
    if live_users(subject) is None or file_users(subject) is None:
        users = "values of its file. Its users were not compared."
    return passed(f"The running server has the {users}", compared)


def _differing(subject: CheckContext) -> Judgement | None:
    """Return what the next start changes; ``None`` where that is nothing."""
    found, users = drifted(subject), drifted_users(subject)
    if not found and not users:
        return None
    named = [each.name for each in found] + [f'user "{name}"' for name in users]
    more = f" and {len(named) - _SHOWN_DRIFT} more" if len(named) > _SHOWN_DRIFT else ""
    evidence = [each for one in found for each in one.evidence]
    evidence += [observed(f"user {name}", f"{LIVE}, ACL LIST", "differs from the file") for name in users[:_SHOWN]]
    return failed(
        f"The next restart changes {', '.join(named[:_SHOWN_DRIFT])}{more}: running server and file differ.", *evidence
    )


def certificates_last(subject: CheckContext) -> Judgement:
    """Every certificate that the configuration names."""
    known = subject.instance.tls.certificates
    if not known:
        named = setting(subject, "tls-cert-file")
        if named.live or named.file:
            return unknown(
                "The certificates that the configuration names could not be read.", fix=subject.look_again("them")
            )
        if named.file is None:
            return subject.cannot_read_file()
        return not_applicable("The configuration names no certificate.")
    first, *rest = certificate_evidence(subject)
    problems = [text for each in known if (text := validity_problem(each, subject))]
    if problems:
        return failed(" ".join(problems), first, *rest)
    return passed("No certificate is due for renewal.", first, *rest)


def no_daemonize(subject: CheckContext) -> Judgement:
    """A server that leaves the foreground is lost to a unit that waits for it."""
    unit = subject.instance.unit
    if not unit or unit.properties.get("Type") not in ("notify", "simple", "exec", "notify-reload"):
        return not_applicable("No unit waits for the server in the foreground.")
    kind = unit.properties["Type"]
    judged = judge(subject, "daemonize", lambda value: value.lower() != "yes", wanted=f"no, under Type={kind}")
    return all_of((judged,), summary="The server stays in the foreground, as its unit expects.")


ITEMS = (
    Item(
        id="Xroot",
        title="The server does not run as root",
        sentence="The server runs as a user of its own.",
        severity=Severity.CRITICAL,
        check=not_root,
        fix="Run the server as a user of its own (the distribution's unit does).",
        source="With CONFIG SET dir and a save, a client writes files as the user of the server.",
    ),
    Item(
        id="Xsandbox",
        title="The unit's sandbox is in effect",
        sentence="The unit keeps its sandbox: no drop-in removes ProtectSystem.",
        severity=Severity.MEDIUM,
        check=sandbox,
        fix="Restore ProtectSystem, NoExecPaths and PrivateTmp of the distribution's unit (systemctl revert).",
        source="systemd.exec(5); Debian's unit: ProtectSystem=strict with the server's own directories writable.",
    ),
    Item(
        id="Xprotected",
        title="Protected configs, DEBUG, MODULE are off",
        sentence="enable-protected-configs, enable-debug-command and enable-module-command are no.",
        severity=Severity.HIGH,
        check=protected_commands,
        not_on_sentinel="A Sentinel has no CONFIG, DEBUG or MODULE.",
        fix="Set them to no and restart.",
        source="redis 7.0 redis.conf: they guard dir, dbfilename, DEBUG and MODULE; all are set at the start only.",
    ),
    Item(
        id="Xmodules",
        title="No module is loaded",
        sentence="Only modules that an application needs are loaded.",
        severity=Severity.LOW,
        check=modules,
        fix="Remove each loadmodule line that no application needs, and MODULE UNLOAD it.",
        not_on_sentinel="A Sentinel has no MODULE.",
        source="A module runs with every right of the server.",
    ),
    Item(
        id="Xversion",
        title="The version has no known flaw",
        sentence="The server has no known flaw: by its version, or by the changelog of its package.",
        severity=Severity.HIGH,
        check=supported,
        fix="Upgrade, or check that your distribution still ships fixes for this version.",
        source="The security advisories of redis and of valkey, as of 2025-10-15; Debian and RPM changelogs name the "
        "CVE that a package fixes, whatever its version.",
    ),
    Item(
        id="Xdrift",
        title="Running values match the file",
        sentence="The running server has the values of its file, so a restart changes nothing.",
        severity=Severity.MEDIUM,
        step="review",
        check=no_drift,
        not_on_sentinel="A Sentinel has no CONFIG, and writes its file itself.",
        fix="Write the intended values into the file, and set them in the running server.",
        source="CONFIG SET lasts until the next restart; values are compared by meaning (1gb = 1073741824); "
        "what the file leaves out has the default of this version (measured).",
    ),
    Item(
        id="Xexpiry",
        title="Certificates are not due for renewal",
        sentence="Certificates are valid for 30 more days, or for a third of their time where they are short.",
        severity=Severity.HIGH,
        step="tls",
        check=certificates_last,
        fix="Renew and reload them (CONFIG SET tls-cert-file).",
        source="The server serves an expired certificate without a warning (measured); clients refuse it.",
    ),
    Item(
        id="Xdaemonize",
        title="The server stays in the foreground",
        sentence="daemonize is no under a unit that waits for the server in the foreground.",
        severity=Severity.LOW,
        step="review",
        check=no_daemonize,
        fix="Set daemonize no.",
        source="Chapter 10 has daemonize yes; Debian's unit passes --daemonize no, others do not.",
    ),
)
