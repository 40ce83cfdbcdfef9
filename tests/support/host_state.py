"""Everything about a real host that an apply may touch and a rollback must put back."""

from dataclasses import dataclass

from tests.support.debian import DebianHost

# What changes by itself, or is the product's own memory, or the data that a rollback must not undo.
FILES = r"""
find /etc /usr/local /lib/systemd /opt -xdev \
  ! -path /etc/resolv.conf ! -path '/opt/redis-wizard*' ! -path '/opt/packages*' ! -path '*/__pycache__*' \
  -printf '%p|%y|%m|%u|%g|%l\n' | sort
find /etc -xdev -type f -exec sha256sum {} + | sort -k2
stat -c '%n %a %U %G' /var/lib/redis /var/lib/valkey /var/log/redis /var/log/valkey /run/redis /run/valkey \
  2>/dev/null || :
"""

KERNEL = r"""
for key in vm/overcommit_memory vm/swappiness net/core/somaxconn net/ipv4/tcp_max_syn_backlog \
  net/ipv4/tcp_keepalive_time net/ipv4/tcp_keepalive_intvl net/ipv4/tcp_keepalive_probes fs/file-max; do
  printf '%s=' "$key"; cat /proc/sys/$key
done
# The word in force: the stand-in of a namespaced host forgets the others and the brackets.
sed 's/.*\[\(.*\)\].*/\1/' /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/mm/transparent_hugepage/defrag
"""

UNITS = r"""
# What has no file goes when its program ends, which may be a moment from now.
systemctl list-unit-files --no-legend --no-pager | awk '$2 != "transient" {print $1, $2}'
systemctl show -P LimitNOFILE -P ActiveState -P DropInPaths %(unit)s
"""

LIVE = "%(cli)s config get '*'; %(cli)s acl list"


@dataclass(frozen=True)
class HostState:
    """A comparable picture of a host."""

    files: str
    kernel: str
    units: str
    live: str

    def difference(self, other: "HostState") -> list[str]:
        """Lines that stand in one of the two pictures only."""
        mine, theirs = self._lines(), other._lines()
        return sorted([f"- {line}" for line in mine - theirs] + [f"+ {line}" for line in theirs - mine])

    def _lines(self) -> set[str]:
        return set(f"{self.files}\n{self.kernel}\n{self.units}\n{self.live}".splitlines())


def picture(host: DebianHost, *, unit: str = "redis-server", cli: str = "redis-cli") -> HostState:
    """Take the picture of a host whose server needs no login."""
    return HostState(
        files=host.shell(FILES),
        kernel=host.shell(KERNEL),
        units=host.shell(UNITS % {"unit": unit}),
        live=host.shell(LIVE % {"cli": cli}),
    )
