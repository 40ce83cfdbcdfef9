"""Everything about a real host that an apply may touch and a rollback must put back."""

from collections import Counter
from dataclasses import dataclass

from tests.support.debian import DebianHost

# What changes by itself, or is the product's own memory, or the data that a rollback must not undo.
FILES = r"""
places='/etc /usr/local /lib/systemd /opt'
mine='( -path /opt/redis-wizard -o -path /opt/packages -o -name __pycache__ -o -path /etc/resolv.conf ) -prune'
find $places -xdev $mine -o -type d -printf '%p|d|%m|%u|%g\n' -o -printf '%p|%y|%m|%u|%g|%n|%l\n'
find $places -xdev $mine -o -type f -exec sha256sum {} +
stat -c '%n %a %U %G' /var/lib/redis /var/lib/valkey /var/log/redis /var/log/valkey /run/redis /run/valkey \
  2>/dev/null || :
python3 - <<'END'
import os
for place, directories, files in os.walk("/etc"):
    for path in (os.path.join(place, name) for name in (*directories, *files)):
        for name in os.listxattr(path, follow_symlinks=False):
            print(path, name, os.getxattr(path, name, follow_symlinks=False).hex())
END
"""

KERNEL = r"""
for key in vm/overcommit_memory vm/swappiness net/core/somaxconn net/ipv4/tcp_max_syn_backlog \
  net/ipv4/tcp_keepalive_time net/ipv4/tcp_keepalive_intvl net/ipv4/tcp_keepalive_probes fs/file-max; do
  printf '%s=' "$key"; cat /proc/sys/$key
done
# The word in force: the stand-in of a namespaced host forgets the others and the brackets.
for name in enabled defrag; do
  printf '%s=' "$name"; sed 's/.*\[\(.*\)\].*/\1/' /sys/kernel/mm/transparent_hugepage/$name
done
"""

UNITS = r"""
# The files in /etc, /lib and here say which units are enabled or masked; `list-unit-files` would have the service
# manager read all of them, which costs more than the rest of the picture. What a program brings for itself
# (/run/systemd/transient) goes when it ends, which may be a moment from now.
for place in system system.control generator generator.early generator.late; do
  find /run/systemd/$place -mindepth 1 -printf '%%p|%%y|%%m|%%l\n' -type f -exec sha256sum {} \; 2>/dev/null || :
done
systemctl show -p UnitFileState -p LimitNOFILE -p ActiveState -p DropInPaths %(unit)s
"""

SEPARATOR = "==next-part=="

LIVE = "%(cli)s config get '*' | paste -d= - -; %(cli)s acl list"


@dataclass(frozen=True)
class HostState:
    """A comparable picture of a host."""

    files: str
    kernel: str
    units: str
    live: str

    def difference(self, other: "HostState") -> list[str]:
        """Lines that stand more often in one of the two pictures."""
        mine, theirs = self.lines(), other.lines()
        return sorted(
            [f"- {line}" for line in (mine - theirs).elements()] + [f"+ {line}" for line in (theirs - mine).elements()]
        )

    def lines(self) -> Counter[str]:
        return Counter(f"{self.files}\n{self.kernel}\n{self.units}\n{self.live}".splitlines())


def picture(host: DebianHost, *, unit: str = "redis-server", cli: str = "redis-cli") -> HostState:
    """Take the picture of a host whose server needs no login."""
    # One way into the host for all of it: each costs more than what it asks.
    parts = (FILES, KERNEL, UNITS % {"unit": unit}, LIVE % {"cli": cli})
    said = host.shell(f"\nprintf {SEPARATOR}\n".join(parts))
    files, kernel, units, live = said.split(SEPARATOR)
    return HostState(files=files, kernel=kernel, units=units, live=live)
