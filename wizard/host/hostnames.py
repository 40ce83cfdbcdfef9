"""What a host calls itself beside its name, without asking any name server.

Source:
    hosts(5).
"""

_NO_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"}


def other_names(name: str, hosts: str) -> tuple[str, ...]:
    """Names that stand beside the host's own on the lines of ``/etc/hosts``, sorted.

    Args:
        name: Host name as the kernel has it, perhaps with a domain.
        hosts: Text of ``/etc/hosts``.
    """
    short = name.partition(".")[0]
    found = {name}
    for line in hosts.splitlines():
        names = line.partition("#")[0].split()[1:]
        if short in names or name in names:
            found.update(names)
    return tuple(sorted(found - {short, ""} - _NO_NAMES))
