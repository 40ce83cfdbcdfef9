"""``export compose`` on the tree of an image: what it writes, what it refuses, and where secrets are."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support import composed
from tests.support.scenario import assert_refused, assert_silent, debian, run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return debian(tmp_path)


def test_without_a_directory_it_shows_the_compose_file_alone(root: Path) -> None:
    ran = run("export", "compose", "--root", root)
    assert ran.status == 0
    assert_silent(ran.out + ran.err)
    service = composed.read(ran.out)["services"]["redis"]
    assert service["command"] == ["redis-server", "/etc/redis/redis.conf"]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "environment" not in service
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["sysctls"]["net.core.somaxconn"] == "4096"
    assert service["ulimits"]["nofile"]["soft"] >= 10_000


def test_each_mounted_file_is_beside_it_and_only_its_owner_reads_a_secret(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "composed"
    ran = run("export", "compose", target, "--root", root)
    assert (ran.status, ran.err.count("defect")) == (0, 0)
    document = composed.read((target / "compose.yaml").read_text())
    files = {place: target / source for place, source in composed.mounts(document).items()}
    assert {"/etc/redis/redis.conf", "/etc/redis/users.acl", "/etc/redis/certs/server.key"} <= files.keys()
    assert all(path.is_file() for path in files.values())
    secrets = [target / each["file"] for each in document["secrets"].values()]
    secrets += [target / "secrets.toml", *target.rglob("*.key")]
    assert all(path.stat().st_mode & 0o077 == 0 for path in secrets)
    # Root gives them to the account of the container.
    assert {path.stat().st_uid for path in files.values()} == {999 if os.geteuid() == 0 else os.geteuid()}
    text = files["/etc/redis/redis.conf"].read_text()
    assert "\nbind * -::*\n" in text
    assert not [name for name in ("daemonize", "pidfile", "logfile") if f"\n{name} " in text]
    assert "redis" in _names(files["/etc/redis/certs/server.crt"])


def _names(certificate: Path) -> list[str]:
    from cryptography import x509  # noqa: PLC0415 - for this test alone

    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return list(names.get_values_for_type(x509.DNSName))


def test_nothing_is_overwritten_and_a_dry_run_writes_nothing(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "composed"
    ran = run("export", "compose", target, "--root", root, "--dry-run")
    assert (ran.status, target.exists()) == (0, False)
    assert ran.out.startswith("Would be written to")
    target.mkdir()
    assert_refused(run("export", "compose", target, "--root", root), f"{target} already exists; name a new directory")
    absent = tmp_path / "absent" / "composed"
    assert_refused(run("export", "compose", absent, "--root", root), str(absent.parent))


@pytest.mark.parametrize("line", ["sentinel monitor m 10.0.0.1 6379 2", "cluster-enabled yes"])
def test_servers_that_write_their_own_files_are_refused(root: Path, line: str) -> None:
    with (root / "etc/redis/redis.conf").open("a") as file:
        file.write(f"\n{line}\n")
    assert_refused(run("export", "compose", "--root", root), "Sentinel and cluster nodes write their own files")


def test_a_path_of_the_image_is_data(root: Path) -> None:
    config, included = root / "etc/redis/redis.conf", root / 'srv/$HOME/"x: {y}'
    included.parent.mkdir(parents=True)
    included.write_text("hz 11\n")
    config.write_text(config.read_text() + '\ninclude "/srv/$HOME/\\"x: {y}"\n')
    document = composed.read(run("export", "compose", "--root", root).out)
    assert '/srv/$$HOME/"x: {y}' in composed.mounts(document)


def test_the_data_is_where_the_account_of_the_image_can_write(root: Path, tmp_path: Path) -> None:
    # An engine makes a volume for root, unless the image has a directory of that name.
    assert "dir /var/lib/redis\n" in (root / "etc/redis/redis.conf").read_text()
    target = tmp_path / "composed"
    assert run("export", "compose", target, "--root", root).status == 0
    text = (target / "compose.yaml").read_text()
    (volume,) = (each for each in composed.read(text)["services"]["redis"]["volumes"] if each["type"] == "volume")
    assert volume["target"] == "/data"
    assert "\ndir /data\n" in (target / "mounted/redis.conf").read_text()
    assert "copy /var/lib/redis of the former server into it" in text


def test_docker_and_podman_know_each_option_of_a_mount(root: Path) -> None:
    # Docker takes uid= and gid= for a tmpfs, Podman refuses them (podman-run(1), --tmpfs).
    service = composed.read(run("export", "compose", "--root", root).out)["services"]["redis"]
    assert service["tmpfs"] == ["/run/redis:mode=1777"]


@pytest.mark.parametrize("engine", ["docker-compose", "podman-compose"])
def test_the_programs_that_start_it_read_it(root: Path, tmp_path: Path, engine: str) -> None:
    program = shutil.which(engine)
    if program is None:
        pytest.skip(f"{engine} is not installed")
    target = tmp_path / "composed"
    assert run("export", "compose", target, "--root", root).status == 0
    done = subprocess.run([program, "config"], cwd=target, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (
        composed.mounts(yaml.safe_load(done.stdout)).keys()
        == composed.mounts(composed.read((target / "compose.yaml").read_text())).keys()
    )
