"""``check`` on configuration files in git: each finding at its line, nothing of a host, a status for a hook."""

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

from tests.support.scenario import assert_refused, run
from wizard.repository.files import find_files

PROJECT = Path(__file__).parents[3]
FINDINGS, ERROR, USAGE = 3, 1, 64
GOOD = """\
bind 127.0.0.1 -::1
port 0
tls-port 6379
tls-cert-file /etc/redis/certs/server.crt
tls-key-file /etc/redis/certs/server.key
tls-ca-cert-file /etc/redis/certs/ca.crt
maxmemory 12gb
maxmemory-policy allkeys-lru
appendonly yes
timeout 300
slowlog-log-slower-than 5000
slowlog-max-len 256
aclfile /etc/redis/users.acl
"""
HASH = "9a86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
USERS = f"""\
user default off ~* &* +@all
user app on #{HASH} ~app:* resetchannels -@all +@read +@write -@dangerous -keys
"""
HOST_ITEMS = {"2", "3", "4", "5", "19", "20", "22", "23", "24", "Xwritable", "Xdatadir", "Xroot", "Xversion", "Xswap"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    place = tmp_path / "roles/redis/files"
    place.mkdir(parents=True)
    (place / "redis.conf").write_text(GOOD)
    (place / "users.acl").write_text(USERS)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def lines(root: Path, *more: str) -> list[str]:
    ran = run("check", "--root", root, "--format", "concise", "--quiet", *more)
    assert ran.status == (FINDINGS if re.search(r": \w+ (?!unknown)\w+ ", ran.out) else 0)
    assert ran.err == ""
    return [line.removeprefix(f"{root}/") for line in ran.out.splitlines()]


def test_files_without_a_finding_end_0(repository: Path) -> None:
    ran = run("check", "--root", repository)
    assert (ran.status, ran.out, ran.err) == (0, "", "2 files: 0 findings\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        (
            "redis.conf",
            "bind 127.0.0.1 -::1",
            "bind 0.0.0.0",
            "redis.conf:1: 1 critical The next restart binds 0.0.0.0.",
        ),
        (
            "redis.conf",
            "maxmemory 12gb",
            "maxmemory 12 gb",
            "redis.conf:7: Xsyntax high The value of maxmemory is refus",
        ),
        ("redis.conf", "timeout 300", "tmeout 300", "redis.conf:10: Xsyntax high 'tmeout' is not a directive of Redis"),
        ("redis.conf", "appendonly yes", "appendonly no", "redis.conf:9: 21 high appendonly is no in the file"),
        ("redis.conf", "appendonly yes\n", "", "redis.conf: 21 high appendonly is no in the file"),
        ("redis.conf", "port 0\ntls-port 6379\n", "port 6379\n", "redis.conf:2: 15 high"),
        ("users.acl", f"#{HASH}", ">hunter2", "users.acl:2: 10 high"),
        ("users.acl", "default off", "default on nopass", "users.acl:1: 6 critical"),
        ("users.acl", " -keys", " +keys", "users.acl:2: 12 medium"),
        ("users.acl", "user app", "# a comment\nuser app", "users.acl:2: Xsyntax high"),
    ],
)
def test_a_finding_is_at_its_line(repository: Path, file: str, old: str, new: str, found: str) -> None:
    change(repository / "roles/redis/files" / file, old, new)
    assert any(line.startswith(f"roles/redis/files/{found}") for line in lines(repository)), lines(repository)


def test_nothing_of_a_host_is_judged(repository: Path) -> None:
    place = repository / "roles/redis/files"
    (place / "redis.conf").write_text("port 6379\ndir /var/lib/redis\n")
    place.chmod(0o777)
    (place / "redis.conf").chmod(0o666)
    report = json.loads(run("check", "--root", repository, "--format", "json").out)
    assert report["items"] == []
    assert report["extra"]
    assert HOST_ITEMS.isdisjoint(each["id"] for each in report["extra"])


def test_each_mistake_of_a_file_is_a_finding(repository: Path) -> None:
    place = repository / "roles/redis/files/redis.conf"
    place.write_text(GOOD + "one 1\ntwo 2\nthree 3\n")
    assert [line.split(": ")[0] for line in lines(repository)] == [
        f"roles/redis/files/redis.conf:{number}" for number in (14, 15, 16)
    ]


def test_an_acl_file_alone_is_judged(tmp_path: Path) -> None:
    (tmp_path / "users.acl").write_text("user default on nopass ~* &* +@all\n")
    found = lines(tmp_path)
    assert {line.split()[0] for line in found} == {"users.acl:1:"}
    assert {line.split()[1] for line in found} == {"6", "7", "8", "11", "12", "13"}


def test_a_sentinel_is_judged_as_one(tmp_path: Path) -> None:
    (tmp_path / "sentinel.conf").write_text("port 26379\nbind 10.0.0.1\nsentinel monitor main 10.0.0.2 6379 2\n")
    found = {line.split()[1] for line in lines(tmp_path)}
    assert found.isdisjoint({"17", "21", "Xsyntax"})
    assert "8" in found


def test_an_included_file_counts_for_the_one_that_includes_it(repository: Path) -> None:
    place = repository / "roles/redis/files"
    change(place / "redis.conf", "appendonly yes", "include /etc/redis/local.conf")
    (place / "local.conf").write_text("# ours\nappendonly no\n")
    (line,) = lines(repository)
    assert line.startswith("roles/redis/files/local.conf:2: 21 high")


def test_what_a_file_elsewhere_sets_is_not_judged(repository: Path) -> None:
    change(repository / "roles/redis/files/redis.conf", "appendonly yes", "include /etc/redis/local.conf")
    assert lines(repository) == []


def test_a_template_is_judged_as_far_as_it_can_be(repository: Path) -> None:
    place = repository / "roles/redis/files/redis.conf"
    text = GOOD.replace("maxmemory 12gb", "maxmemory {{ size }}").replace("appendonly yes", "appendonly no")
    place.write_text("{% if tls %}\n# TLS\n{% endif %}\n" + text)
    place.rename(place.with_name("redis.conf.j2"))
    failed, unknown = lines(repository)
    assert failed.startswith("roles/redis/files/redis.conf.j2:12: 21 high")
    assert unknown.startswith("roles/redis/files/redis.conf.j2:1: Xsyntax unknown 4 lines")
    assert "maxmemory" in unknown


def test_a_template_alone_lets_a_hook_pass(repository: Path) -> None:
    change(repository / "roles/redis/files/redis.conf", "maxmemory 12gb", "maxmemory <%= @size %>")
    (line,) = lines(repository)
    assert " unknown 1 line is decided when the template is rendered (maxmemory)" in line


def test_a_template_of_users_is_no_mistake(tmp_path: Path) -> None:
    users = "{% for user in users %}\nuser {{ user.name }} on #{{ user.hash }} ~{{ user.keys }} +@all\n{% endfor %}\n"
    (tmp_path / "users.acl.j2").write_text(users)
    (line,) = lines(tmp_path)
    assert line.startswith("users.acl.j2:1: Xsyntax unknown 3 lines")


@pytest.mark.parametrize("form", ["concise", "github", "sarif", "json"])
def test_any_name_of_a_file_can_be_written(form: str, tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"n\xff\x1b[2J")
    place.mkdir()
    (place / "redis.conf").write_text(GOOD + "nonsense 1\nuser app on nopass ~* +@all\n")
    ran = run("check", "--root", tmp_path, "--format", form)
    assert ran.status == FINDINGS
    assert "\x1b" not in ran.out


def test_paths_choose_the_files(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = repository / "other.conf"
    other.write_text(GOOD + "nonsense 1\n")
    (repository / "redis.conf").write_text("nonsense 2\n")
    monkeypatch.chdir(repository)
    ran = run("check", "other.conf", "roles")
    assert (ran.status, ran.err) == (FINDINGS, "3 files: 1 finding\n")
    assert ran.out.startswith("other.conf:14: Xsyntax high 'nonsense' is not a directive")


def test_a_link_to_a_file_of_the_host_is_not_judged(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    host = tmp_path_factory.mktemp("host") / "redis.conf"
    host.write_text("port 6379\n")
    (repository / "redis.conf").symlink_to(host)
    (repository / "valkey.conf").symlink_to("/nowhere/valkey.conf")
    assert lines(repository) == []


def test_only_chooses_the_findings(repository: Path) -> None:
    (repository / "redis.conf").write_text("port 6379\n")
    assert {line.split()[1] for line in lines(repository, "--only", "1", "21")} == {"1", "21"}


def test_github_annotates_file_and_line(repository: Path) -> None:
    change(repository / "roles/redis/files/redis.conf", "bind 127.0.0.1 -::1", "bind 0.0.0.0")
    ran = run("check", "--root", repository, "--format", "github")
    assert ran.status == FINDINGS
    assert ran.out.startswith(f"::error file={repository}/roles/redis/files/redis.conf,line=1,title=redis-wizard 1")


def test_sarif_is_valid_where_one_item_has_several_findings(repository: Path) -> None:
    (repository / "redis.conf").write_text(GOOD + "one 1\ntwo 2\n")
    document = json.loads(run("check", "--root", repository, "--format", "sarif").out)
    jsonschema.validate(document, json.loads((PROJECT / "tests/data/schemas/sarif-2.1.0.json").read_text()))
    (only,) = document["runs"]
    rules = [each["id"] for each in only["tool"]["driver"]["rules"]]
    assert rules == ["Xsyntax"]
    assert [rules[each["ruleIndex"]] for each in only["results"]] == ["Xsyntax", "Xsyntax"]
    places = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in only["results"]]
    assert places == [14, 15]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["none.conf"], ERROR, "does not exist"),
        (["/etc/hostname"], ERROR, "is not below"),
        (["fifo.conf"], ERROR, "fifo.conf cannot be read"),
        (["fifo.acl"], ERROR, "fifo.acl cannot be read"),
        (["roles", "--fail-under", "9"], USAGE, "--fail-under is for the report of a host"),
        (["roles", "--format", "html"], USAGE, "name one of concise, github, sarif, json"),
    ],
)
def test_bad_input_is_one_sentence(
    repository: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], status: int, words: str
) -> None:
    os.mkfifo(repository / "fifo.conf")
    os.mkfifo(repository / "fifo.acl")
    monkeypatch.chdir(repository)
    ran = run("check", *arguments)
    assert_refused(ran, words, status=status)


def test_a_checkout_without_such_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    ran = run("check", "--root", tmp_path)
    assert_refused(ran, "no redis.conf, valkey.conf, sentinel.conf or users.acl is below")


def test_a_tree_of_a_host_is_no_repository(repository: Path) -> None:
    (repository / "etc").mkdir()
    (repository / "etc/os-release").write_text("ID=debian\n")
    assert "no Redis or Valkey server was found" in run("check", "--root", repository).err


def test_the_hook_takes_the_files_that_are_found(tmp_path: Path) -> None:
    hook = (PROJECT / ".pre-commit-hooks.yaml").read_text()
    pattern = hook.partition("files: |-\n")[2].partition("  require_serial")[0]
    names = [
        "redis.conf", "a/redis-6379.conf", "a/my_valkey.conf", "sentinel.conf.j2", "redis/local.conf",
        "valkey/x.conf.erb", "users.acl", "prod-users.acl.tmpl", "redis.acl", "nginx.conf", "predis.conf", "users.aclx",
        "redis.conf.bak", "redis/readme.md", "redis/deep/x.conf",
    ]  # fmt: skip
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    taken = {name for name in names if re.search(pattern.strip(), name)}
    assert taken == {str(each)[1:] for each in find_files(tmp_path)}
    assert len(taken) == 9
