"""The sandbox on a host with systemd: an ordinary user walks the whole path, and the host stays as it was."""

import pytest

from tests.support.debian import debian_host

TOUR = "cd; ulimit -Sn {0}; exec timeout 120 /usr/local/bin/redis-wizard tour --sandbox"


@pytest.mark.parametrize("user", ["op", "root"])
def test_a_tour_applies_and_rolls_back_beside_the_hosts_own_server(user: str) -> None:
    """The usual limit of open files is below the recommended one: a sandbox has no unit that could raise it."""
    with debian_host(f"hostile-tour-{user}") as host:
        before = host.shell("find /etc /var/lib/redis -type f -exec sha256sum {} + | sort | sha256sum")
        done = host.run("runuser", "-u", user, "--", "bash", "-c", TOUR.format(1024), check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert "=== 6. Roll back" in done.stdout
        assert "/etc/systemd" not in done.stdout
        after = host.shell("find /etc /var/lib/redis -type f -exec sha256sum {} + | sort | sha256sum")
        assert after == before
        assert host.shell("pgrep -c -u op redis-server || :").strip() == "0"
