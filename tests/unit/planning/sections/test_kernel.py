"""Kernel settings: never lower, now and at the next boot."""

from dataclasses import replace as with_fields
from pathlib import PurePosixPath

from tests.support.plan_model import World, change, ids, notes, planned, recommended, stock
from wizard.model.plan import Plan
from wizard.model.value import replace

SYSCTL = PurePosixPath("/etc/sysctl.d")
OURS = SYSCTL / "60-redis-wizard.conf"


def kernel(world: World, **over: object) -> Plan:
    answers = recommended(world)
    return planned(world, replace(answers, kernel=replace(answers.kernel, **over)))


def with_file(name: str, text: str) -> World:
    return stock(files={**stock().files, SYSCTL / name: text.encode()})


def with_live(**values: str) -> World:
    world = stock()
    named = {key.replace("__", "."): value for key, value in values.items()}
    return with_fields(world, kernel={**world.kernel, **named})


def test_live_and_at_boot() -> None:
    made = planned(stock())
    assert change(made, "kernel:vm.overcommit_memory").value == "1"
    assert "vm.overcommit_memory = 1" in change(made, f"file:{OURS}").content


def test_a_limit_is_never_lowered() -> None:
    made = kernel(with_live(net__core__somaxconn="65535"), backlog=4096)
    assert "kernel:net.core.somaxconn" not in ids(made)
    assert "somaxconn" not in change(made, f"file:{OURS}").content


def test_a_value_of_another_file_that_is_good_enough_stays() -> None:
    world = with_file("10-vm.conf", "vm.overcommit_memory = 1\nnet.ipv4.tcp_max_syn_backlog = 65535\n")
    content = change(planned(world), f"file:{OURS}").content
    assert "overcommit" not in content
    assert "syn_backlog" not in content


def test_a_later_file_that_sets_otherwise_makes_ours_later_still() -> None:
    made = planned(with_file("99-local.conf", "vm.overcommit_memory = 2\n"))
    assert f"file:{SYSCTL / '99-zz-redis-wizard.conf'}" in ids(made)


def test_a_file_that_nobody_can_overrule_is_named() -> None:
    made = planned(with_file("zz-last.conf", "vm.overcommit_memory = 2\n"))
    assert "zz-last.conf:1 sets 2" in notes(made)["kernel:vm.overcommit_memory"]
    assert "kernel:vm.overcommit_memory" in ids(made)
    assert "overcommit" not in change(made, f"file:{SYSCTL / '99-zz-redis-wizard.conf'}").content


def test_our_file_is_edited_and_not_replaced() -> None:
    world = with_file(OURS.name, "# mine\nvm.max_map_count = 9\nvm.overcommit_memory = 0 # why\n")
    content = change(planned(world), f"file:{OURS}").content
    assert content.startswith("# mine\nvm.max_map_count = 9\n")
    assert change(planned(world), f"file:{OURS}").before_digest


def test_a_kernel_that_belongs_to_another_host_is_left_alone() -> None:
    made = planned(stock(writable=False))
    assert not [each for each in ids(made) if each.startswith(("kernel", "file:/etc/sysctl"))]
    assert "is set on the machine that runs this container" in notes(made)["kernel:vm.overcommit_memory"]
    assert "set on the machine that runs this container" in notes(made)["huge pages"]


def test_nothing_is_planned_when_it_is_not_managed() -> None:
    made = kernel(stock(), manage=False)
    assert not [each for each in ids(made) if each.startswith(("kernel", "file", "enable"))]


def test_shorter_keepalive_times_than_ours_stay() -> None:
    made = planned(with_live(net__ipv4__tcp_keepalive_time="120"))
    assert "kernel:net.ipv4.tcp_keepalive_time" not in ids(made)


def test_swappiness_is_set_only_when_asked() -> None:
    assert "kernel:vm.swappiness" not in ids(planned(stock()))
    assert change(kernel(stock(), swappiness=1), "kernel:vm.swappiness").after == "1"
