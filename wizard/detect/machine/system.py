"""Which system this is: distribution, kernel, init, virtualisation, packages, security modules."""

from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.model.facts.files import FileKind
from wizard.model.facts.machine import Init, OperatingSystem
from wizard.model.facts.unreadable import Unreadable

CONTAINERS = frozenset(
    (
        *("systemd-nspawn", "lxc", "lxc-libvirt", "docker", "podman", "rkt", "openvz", "wsl"),
        *("proot", "pouch", "container-other"),
    )
)
"""Words of systemd-detect-virt(1) for a kernel that belongs to another host."""

_MANAGERS = {
    "apt-get": "apt",
    "dnf": "dnf",
    "yum": "yum",
    "zypper": "zypper",
    "apk": "apk",
    "pacman": "pacman",
}

_MACHINES = {
    "QEMU": "qemu",
    "KVM": "kvm",
    "Amazon EC2": "amazon",
    "Google": "google",
    "VMware": "vmware",
    "innotek": "oracle",
    "VirtualBox": "oracle",
    "Xen": "xen",
    "Microsoft Corporation": "microsoft",
    "Bochs": "bochs",
    "Parallels": "parallels",
    "OpenStack": "kvm",
    "DigitalOcean": "kvm",
    "Hetzner": "kvm",
}
"""Beginnings of DMI vendor and product names (systemd ``src/basic/virt.c``, table of DMI vendors)."""

DETECT_SECONDS = 3


NODES = PurePosixPath("/sys/devices/system/node")
"""One directory ``nodeN`` a memory node (kernel ``Documentation/ABI/stable/sysfs-devices-node``)."""


def read_numa_nodes(reader: Reader) -> int:
    """Count the memory nodes of the machine; 1 where the kernel does not say."""
    names = (name.removeprefix("node") for name in reader.entries(NODES) if name.startswith("node"))
    return max(1, sum(number.isdecimal() for number in names))


def read_system(reader: Reader) -> OperatingSystem:
    """Read which system this is."""
    release = _release(reader)
    virtualisation = _virtualisation(reader)
    return OperatingSystem(
        id=release.get("ID", ""),
        version=release.get("VERSION_ID", ""),
        name=release.get("PRETTY_NAME", ""),
        kernel=reader.host.kernel_release(),
        architecture=reader.host.architecture(),
        init=_init(reader),
        virtualisation=virtualisation,
        container=virtualisation in CONTAINERS,
        package_manager=_package_manager(reader),
        security_modules=_security_modules(reader),
    )


def _release(reader: Reader) -> dict[str, str]:
    """Read os-release(5): shell-like assignments, quotes optional."""
    lines = reader.lines(PurePosixPath("/etc/os-release")) or reader.lines(PurePosixPath("/usr/lib/os-release"))
    fields = (line.partition("=") for line in lines if not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, equals, value in fields if equals}


def _init(reader: Reader) -> Init:
    """A running host has ``/run/systemd/system`` (sd_booted(3)); a tree has the program."""
    if reader.host.tree is None:
        return Init.SYSTEMD if reader.kind(PurePosixPath("/run/systemd/system")) is FileKind.DIRECTORY else Init.OTHER
    programs = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")
    return Init.SYSTEMD if any(reader.exists(PurePosixPath(path)) for path in programs) else Init.OTHER


def _virtualisation(reader: Reader) -> str:
    if reader.host.tree is not None:
        return "none"
    return _container(reader) or _asked(reader) or _machine(reader) or "none"


def _container(reader: Reader) -> str:
    word = reader.text(PurePosixPath("/run/systemd/container"))
    if word:
        return word if word in CONTAINERS else "container-other"
    if reader.exists(PurePosixPath("/.dockerenv")):
        return "docker"
    if reader.exists(PurePosixPath("/run/.containerenv")):
        return "podman"
    for word in ("docker", "lxc", "kubepods", "libpod"):
        if f"/{word}" in reader.text(PurePosixPath("/proc/1/cgroup")):
            return {"kubepods": "container-other", "libpod": "podman"}.get(word, word)
    # The second process of a machine is the kernel's own; of a container it is anything else.
    second = reader.text(PurePosixPath("/proc/2/comm"))
    seen_all = reader.host.root and reader.text(PurePosixPath("/proc/1/comm"))
    return "container-other" if seen_all and second != "kthreadd" else ""


def _asked(reader: Reader) -> str:
    program = reader.ask("systemd-detect-virt", lambda: reader.host.find_program("systemd-detect-virt"))
    if program is None or isinstance(program, Unreadable):
        return ""
    said = reader.ask(str(program), lambda: reader.host.query([str(program)], seconds=DETECT_SECONDS))
    return "" if isinstance(said, Unreadable) else said.output.strip()


def _machine(reader: Reader) -> str:
    for name in ("product_name", "sys_vendor", "board_vendor", "bios_vendor"):
        text = reader.text(PurePosixPath("/sys/class/dmi/id") / name)
        for beginning, word in _MACHINES.items():
            if text.startswith(beginning):
                return word
    return "vm-other" if " hypervisor" in reader.text(PurePosixPath("/proc/cpuinfo")) else ""


def _package_manager(reader: Reader) -> str:
    for program, manager in _MANAGERS.items():
        if any(reader.exists(PurePosixPath(place) / program) for place in ("/usr/bin", "/bin", "/sbin", "/usr/sbin")):
            return manager
    return ""


def _security_modules(reader: Reader) -> tuple[str, ...]:
    found = []
    if reader.text(PurePosixPath("/sys/module/apparmor/parameters/enabled")) == "Y":
        found.append("apparmor")
    configured = reader.host.tree is not None and any(
        line.strip() in ("SELINUX=enforcing", "SELINUX=permissive")
        for line in reader.lines(PurePosixPath("/etc/selinux/config"))
    )
    if configured or reader.exists(PurePosixPath("/sys/fs/selinux/enforce")):
        found.append("selinux")
    return tuple(found)
