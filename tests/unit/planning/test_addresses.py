"""From words to the arguments of bind."""

import pytest

from tests.support import facts_builder as build
from wizard.errors import PlanError
from wizard.model.network import Scope
from wizard.planning.addresses import listens_on, public, resolve

FACTS = build.host()


def test_loopback_is_both_families_and_the_second_may_be_missing() -> None:
    assert resolve(("loopback",), FACTS) == ("127.0.0.1", "-::1")


def test_an_interface_stands_for_its_addresses() -> None:
    assert resolve(("loopback", "interface:eth1"), FACTS) == ("127.0.0.1", "-::1", "10.0.4.7")


def test_a_dash_makes_every_address_of_an_interface_optional() -> None:
    assert resolve(("-interface:eth1",), FACTS) == ("-10.0.4.7",)


def test_an_interface_that_vanished_is_named() -> None:
    with pytest.raises(PlanError, match="this host has no interface eth9; it has lo, eth0, eth1"):
        resolve(("interface:eth9",), FACTS)


def test_a_foreign_address_would_keep_the_server_from_starting() -> None:
    with pytest.raises(PlanError, match=r"10\.9\.9\.9 is on no interface.*Write -10\.9\.9\.9"):
        resolve(("10.9.9.9",), FACTS)


def test_a_foreign_address_may_be_optional() -> None:
    assert resolve(("-10.9.9.9",), FACTS) == ("-10.9.9.9",)


def test_an_address_is_bound_once() -> None:
    assert resolve(("10.0.4.7", "-interface:eth1"), FACTS) == ("10.0.4.7",)


def test_link_local_addresses_are_left_out() -> None:
    link = build.interface(
        "eth2", build.address("fe80::1", Scope.LINK_LOCAL, 64), build.address("10.1.1.1", Scope.PRIVATE)
    )
    assert resolve(("interface:eth2",), build.host(interfaces=(link,))) == ("10.1.1.1",)


def test_more_addresses_than_a_server_takes_are_refused() -> None:
    with pytest.raises(PlanError, match="17 addresses and a server takes 16"):
        resolve([f"-10.9.9.{number}" for number in range(17)], FACTS)


@pytest.mark.parametrize("word", ["eth1", "10.0.4.0/24", "10.0.4.7,10.0.4.8", ""])
def test_what_is_no_address_is_refused(word: str) -> None:
    with pytest.raises(PlanError):
        resolve((word,), FACTS)


def test_a_wildcard_listens_on_its_own_family() -> None:
    assert listens_on("10.0.4.7", ("0.0.0.0",))  # noqa: S104 - a text, nothing is bound
    assert not listens_on("10.0.4.7", ("::",))
    assert listens_on("::1", ("*", "-::*"))


def test_a_wildcard_is_as_public_as_the_host() -> None:
    assert public(("*",), FACTS) == ("203.0.113.7",)
    assert public(("127.0.0.1", "-10.0.4.7"), FACTS) == ()


def test_loopback_is_the_one_that_the_host_has() -> None:
    only_six = build.host(interfaces=(build.interface("lo", build.address("::1", Scope.LOOPBACK, 128)),))
    assert resolve(("loopback",), only_six) == ("::1",)
    assert resolve(("loopback",), build.host()) == ("127.0.0.1", "-::1")
    assert resolve(("loopback",), build.host(interfaces=())) == ("127.0.0.1", "-::1")
