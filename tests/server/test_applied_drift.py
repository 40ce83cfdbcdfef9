"""Drift since the last apply as a real server has it: none after the apply, its saves and a restart; then by name."""

from pathlib import Path

import pytest

from tests.support.apply_bench import Bench, bench
from tests.support.servers import need
from wizard.detect.collect import collect
from wizard.drift import read_drift, values_left
from wizard.planning.select_instance import choose
from wizard.sandbox.files import UNIT

pytestmark = pytest.mark.server


def texts(box: Bench) -> list[str]:
    facts = collect(box.host, login=box.admin).facts
    found = read_drift(box.host, facts, choose(facts))
    assert found is not None
    assert found.not_compared == ()
    return [each.text for each in found.deviations]


@pytest.mark.parametrize("key", ["r62", "r80", "v81"])
def test_of_the_running_server(place: Path, key: str) -> None:
    with bench(place, need(key)) as box:
        box.apply(box.plan())
        assert texts(box) == []
        assert values_left(box.host, choose(collect(box.host, login=box.admin).facts).name)["slowlog-max-len"] == "256"
        with box.client(box.admin) as client:
            client.execute("ACL", "SAVE")
        box.host.services.stop(UNIT)
        box.host.services.start(UNIT)
        assert texts(box) == []
        with box.client(box.admin) as client:
            client.config_set({"slowlog-max-len": "99"})
            client.execute("ACL", "SETUSER", "app", "~*")
            client.execute("ACL", "SETUSER", "eve", "on", "nopass", "+@all")
        assert texts(box) == [
            "slowlog-max-len is 99 in the running server; the apply left 256.",
            'User "app" was changed in the running server.',
            'User "eve" was added in the running server.',
        ]
        with box.client(box.admin) as client:
            client.execute("CONFIG", "REWRITE")
            client.execute("ACL", "SAVE")
        conf, users = (str(box.host.layout.config.parent / name) for name in ("redis.conf", "users.acl"))
        found = texts(box)
        assert any(
            text.startswith(f"{conf} was changed: ") and "slowlog-max-len 99 (was 256)" in text for text in found
        )
        assert f"{users} was changed: user app changed; user eve added." in found
