"""Which certificates are made, and when they are made anew."""

from dataclasses import replace as with_fields
from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import STATE, World, change, ids, notes, planned, recommended, stock
from wizard.errors import InvalidValueError
from wizard.model.answers import AclRole, ClientCertificates, UserAnswer
from wizard.model.facts.files import FileKind
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend

ACL = PurePosixPath("/etc/redis/users.acl")
SERVER = build.CERTIFICATES / "server.crt"


def done() -> World:
    return stock().apply(planned(stock()))


def with_end(world: World, path: PurePosixPath, end: str) -> World:
    names, _ = world.certificates[path]
    return with_fields(world, certificates={**world.certificates, path: (names, end)})


def test_authority_server_and_one_for_each_user() -> None:
    made = ids(planned(stock()))
    assert {"certificate:authority", "certificate:server", "certificate:client:app", "certificate:client:admin"} <= made


def test_the_service_reads_its_key_and_only_root_the_others() -> None:
    made = planned(stock())
    server, client = change(made, "certificate:server"), change(made, "certificate:client:app")
    assert (server.owner, server.group, server.key_mode) == ("root", "redis", 0o640)
    assert (client.owner, client.group, client.key_mode) == ("root", "root", 0o600)
    assert client.key == STATE / "clients/app/client.key"


def test_directories_are_made_parents_first_and_closed() -> None:
    made = [each for each in planned(stock()).changes if each.id.startswith("directory:")]
    modes = {str(each.path): (each.group, each.mode) for each in made}  # type: ignore[union-attr]
    assert modes["/etc/redis/certs"] == ("redis", 0o750)
    assert modes[f"{STATE}/clients/app"] == ("root", 0o700)
    assert list(modes).index(f"{STATE}/clients") < list(modes).index(f"{STATE}/clients/app")


def test_nothing_is_made_twice() -> None:
    assert not [each for each in ids(planned(done())) if each.startswith(("certificate", "directory"))]


def test_it_is_renewed_in_its_last_30_days_and_read_anew() -> None:
    made = planned(with_end(done(), SERVER, "2026-06-01T00:00:00Z"))
    assert "ends on 2026-06-01" in change(made, "certificate:server").why
    assert change(made, "directive:tls-cert-file").live == str(SERVER)
    assert "certificate:client:app" not in ids(made)


def test_it_is_left_before() -> None:
    assert not ids(planned(with_end(done(), SERVER, "2026-06-04T00:00:00Z")))


def test_a_new_name_needs_a_new_one() -> None:
    world = done()
    answers = recommended(world)
    made = planned(world, replace(answers, tls=replace(answers.tls, names=("auto", "redis.example.org"))))
    assert "redis.example.org" in change(made, "certificate:server").names
    assert "does not name redis.example.org" in change(made, "certificate:server").why


def test_a_new_user_gets_one_from_the_authority_there_is() -> None:
    world = done()
    answers = recommended(world)
    more = UserAnswer(name="more", role=AclRole.HEALTH)
    made = planned(world, replace(answers, acl=replace(answers.acl, users=(*answers.acl.users, more))))
    assert {each for each in ids(made) if each.startswith("certificate")} == {"certificate:client:more"}
    assert change(made, "certificate:client:more").authority == STATE / "ca/ca.crt"


def existing(number: int) -> World:
    lines = "".join(f"user shop{each} on >pw{each} ~shop:* +get\n" for each in range(number))
    users = f"user default off\nuser gone off >pw ~* +get\nuser boss on >pw ~* &* +@all\n{lines}"
    files = {build.CONF: stock("aclfile /etc/redis/users.acl\n").files[build.CONF], ACL: users.encode()}
    return stock(files=files, running=False)


def test_users_that_are_there_get_one_each_from_a_new_authority() -> None:
    made = {each for each in ids(planned(existing(2))) if each.startswith("certificate:client")}
    assert made == {f"certificate:client:{name}" for name in ("admin", "boss", "shop0", "shop1")}


def test_many_users_that_are_there_share_one() -> None:
    made = planned(existing(40))
    issued = {each for each in ids(made) if each.startswith("certificate:client")}
    assert issued == {"certificate:client:admin", "certificate:client:clients"}
    assert change(made, "certificate:client:clients").certificate == STATE / "clients/clients/client.crt"


@pytest.mark.parametrize("number", [2, 40])
def test_those_of_users_that_are_there_are_renewed_and_not_made_twice(number: int) -> None:
    world = existing(number)
    after = world.apply(planned(world))
    assert not [each for each in ids(planned(after)) if each.startswith(("certificate", "directory"))]
    name = "shop0" if number == 2 else "clients"
    damaged = {STATE / f"clients/{name}/client.crt": b"no certificate"}
    assert f"certificate:client:{name}" in ids(planned(with_fields(after, files={**after.files, **damaged})))


def test_no_client_certificates_where_none_are_asked_for() -> None:
    answers = recommended(stock())
    made = planned(stock(), replace(answers, tls=replace(answers.tls, client_certificates=ClientCertificates.NO)))
    assert not [each for each in ids(made) if each.startswith("certificate:client")]


def test_a_leaf_never_outlives_its_authority() -> None:
    answers = recommended(stock())
    short = replace(answers, tls=replace(answers.tls, authority_days=100))
    assert change(planned(stock(), short), "certificate:server").days == 99


def foreign(**tls: object) -> Plan:
    own = PurePosixPath("/etc/pki/redis.crt")
    text = f"tls-port 6380\ntls-cert-file {own}\ntls-key-file /etc/pki/redis.key\ntls-ca-cert-file /etc/pki/ca.crt\n"
    facts, sources = stock(text).detect()
    names = ("DNS:db1", "DNS:db1.example.org", "DNS:localhost", "IP:127.0.0.1", "IP:::1")
    found = build.tls(certificates=(build.certificate(own, names=names),), **tls)

    facts = build.with_instance(facts, tls=found)
    return plan(facts, sources, recommend(facts, facts.instances[0]).answers)


def test_an_operators_own_certificate_is_left_alone_while_it_works() -> None:
    assert not {each for each in ids(foreign()) if each.startswith("certificate") or each == "directive:tls-cert-file"}


def test_what_is_wrong_with_an_operators_own_is_said() -> None:
    assert "does not verify" in notes(foreign(chain_valid=False))["/etc/pki/redis.crt"]


def test_an_operators_own_that_cannot_work_is_replaced() -> None:
    assert change(foreign(key_matches=False), "directive:tls-cert-file").after == str(SERVER)


def test_an_authority_whose_key_was_moved_off_signs_nothing() -> None:
    world = with_end(done(), SERVER, "2026-06-01T00:00:00Z")
    facts, sources = world.detect()

    files = tuple(replace(f, kind=FileKind.ABSENT) if f.path == STATE / "ca/ca.key" else f for f in facts.files)
    made = plan(replace(facts, files=files), sources, recommended(world))
    assert "certificate:server" not in ids(made)
    assert "Restore the key" in notes(made)["certificates"]


def test_a_name_that_no_certificate_can_hold_is_refused() -> None:
    answers = recommended(stock())
    with pytest.raises(InvalidValueError):
        planned(stock(), replace(answers, tls=replace(answers.tls, names=("bad name",))))


def test_a_configuration_in_etc_itself_gets_a_directory_of_its_own() -> None:
    main = PurePosixPath("/etc/redis.conf")
    text = stock().files[build.CONF]
    made = planned(stock(main=main, files={main: text}, started={main: text}))
    assert str(change(made, "certificate:server").certificate) == "/etc/redis/certs/server.crt"
    assert change(made, "directive:aclfile").after == "/etc/redis/users.acl"
    assert "mode:/etc" not in ids(made)
