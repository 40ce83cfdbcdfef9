"""Plans of certificates alone: what is due or named, by the authority that is there, and nothing else."""

from dataclasses import replace as with_fields
from pathlib import PurePosixPath
from typing import Any

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import STATE, World, change, ids, planned, recommended, stock
from wizard.errors import InvalidValueError, PlanError
from wizard.model.certificate import AuthorityStep, CertificateOrder
from wizard.model.change import CertificateRole
from wizard.model.plan import Plan
from wizard.planning.plan import plan

SERVER = build.CERTIFICATES / "server.crt"


@pytest.fixture(scope="module")
def world() -> World:
    return stock().apply(planned(stock()))


def ordered(world: World, **order: Any) -> Plan:
    return plan(*world.detect(), recommended(world), certificates=CertificateOrder(**order))


def expiring(world: World, path: PurePosixPath) -> World:
    names, _ = world.certificates[path]
    return with_fields(world, certificates={**world.certificates, path: (names, "2026-06-01T00:00:00Z")})


def test_nothing_is_due_at_first(world: World) -> None:
    assert ordered(world).empty


def test_what_expires_soon_is_renewed_and_read_by_the_running_server(world: World) -> None:
    made = ordered(expiring(world, SERVER))
    assert ids(made) == {
        "certificate:server", "directive:tls-cert-file", "directive:tls-key-file", "directive:tls-ca-cert-file",
    }  # fmt: skip
    assert change(made, "directive:tls-cert-file").live == str(SERVER)


def test_what_is_named_is_renewed_before_it_is_due(world: World) -> None:
    made = ordered(world, renew=("app",))
    assert ids(made) == {"certificate:client:app"}
    assert change(made, "certificate:client:app").role is CertificateRole.CLIENT


def test_a_name_that_is_not_there_is_refused_with_those_that_are(world: World) -> None:
    with pytest.raises(PlanError, match="there is no certificate nobody; there are server, admin, app"):
        ordered(world, renew=("nobody",))


def test_a_server_without_tls_is_refused() -> None:
    with pytest.raises(PlanError, match="has no certificate; redis-wizard plan switches TLS on"):
        ordered(stock())


def test_one_for_another_host_is_a_servers_with_its_names_alone(world: World) -> None:
    made = change(ordered(world, issue="db2", names=("DB2.example.org", "10.0.0.9")), "certificate:client:db2")
    assert (made.role, made.names) == (CertificateRole.SERVER, ("db2.example.org", "10.0.0.9"))
    assert (made.certificate, made.key_mode) == (STATE / "clients/db2/client.crt", 0o600)


def test_one_that_is_there_is_not_issued_again(world: World) -> None:
    with pytest.raises(PlanError, match="exists already; redis-wizard cert renew app replaces it"):
        ordered(world, issue="app")


@pytest.mark.parametrize("order", [{"issue": "../x"}, {"issue": "db2", "names": ("a b",)}])
def test_names_are_validated_before_anything_is_planned(world: World, order: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError):
        ordered(world, **order)


def test_a_new_authority_is_trusted_beside_the_former_one_first(world: World) -> None:
    made = ordered(world, authority=AuthorityStep.TRUST)
    trust = change(made, f"trust:{build.CERTIFICATES}/ca.crt")
    assert trust.authorities == (STATE / "ca/ca.crt", STATE / "ca-next/ca.crt")
    authority = change(made, "certificate:authority")
    assert authority.common_name != change(planned(stock()), "certificate:authority").common_name
    assert (authority.certificate, authority.authority_key) == (STATE / "ca-next/ca.crt", STATE / "ca-next/ca.key")
    assert not {each for each in ids(made) if each.startswith("certificate:") and each != "certificate:authority"}
    assert f"trust:{STATE}/clients/app/ca.crt" in ids(made)


@pytest.mark.parametrize("step", [AuthorityStep.ISSUE, AuthorityStep.DROP])
def test_a_step_out_of_turn_names_the_one_that_is_next(world: World, step: AuthorityStep) -> None:
    with pytest.raises(PlanError, match="step is redis-wizard cert authority trust"):
        ordered(world, authority=step)
