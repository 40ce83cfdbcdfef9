"""Snippets of other languages log in to the hardened server, where their client library is on this machine.

`NODE_PATH` names a directory with node-redis; PHP needs phpredis (Debian's php-redis), Go a module cache with go-redis,
Java a `CLASSPATH` with Lettuce. `tests/unit/test_snippet_syntax.py` parses them all.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from screens.text import snippet_kinds, snippets
from screens.text.snippets import Connection
from wizard.app import generate_passwords, start
from wizard.detect import collect_facts
from wizard.model.event import Result
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.sandbox import SandboxHost

pytestmark = pytest.mark.server

WAYS = ("tls", "socket")
_GO = """package main

import (
	"context"
	"fmt"
	"os"
	{imports}
	"github.com/redis/go-redis/v9"
)

func main() {{
{snippet}
	fmt.Println(rdb.Ping(context.Background()).Val())
}}
"""
_JAVA = """import io.lettuce.core.*;
import java.io.File;

public class Snippet {{
  public static void main(String[] arguments) {{
{snippet}
    System.out.println(client.connect().sync().ping());
    client.shutdown();
  }}
}}
"""


@dataclass(frozen=True)
class Hardened:
    """A hardened server, and how a user connects."""

    ways: Mapping[str, Connection]
    password: str

    def run(self, *command: str, directory: Path | None = None) -> str:
        """Run a program that asks for a PONG; give what it says."""
        environment = {**os.environ, "REDIS_PASSWORD": self.password}
        ran = subprocess.run(
            command, env=environment, cwd=directory, capture_output=True, text=True, check=False, timeout=180
        )
        return f"{ran.stdout}{ran.stderr}"


@pytest.fixture(scope="module")
def hardened() -> Iterator[Hardened]:
    with SandboxHost.create() as host:
        detection = collect_facts(host)
        instance = detection.facts.instances[0]
        made = plan(detection.facts, detection.sources, recommend(detection.facts, instance).answers)
        passwords = generate_passwords(made)
        assert start(host, made, login=None, passwords=passwords).outcome().result is Result.APPLIED
        user = next(name for name in snippets.users(made, instance) if name != "admin")
        secure = snippets.connection(made, detection.facts, instance, user)
        assert secure.tls
        assert secure.certificate
        local = replace(secure, tls=False, authority="", certificate="", key="", socket=str(host.layout.socket))
        yield Hardened({"tls": secure, "socket": local}, passwords[user].reveal())


def need(program: str, library: str, *probe: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    if subprocess.run((found, *probe), capture_output=True, check=False, timeout=120).returncode:
        pytest.skip(f"{library} is not installed")
    return found


@pytest.mark.parametrize("way", WAYS)
def test_node_redis(way: str, hardened: Hardened, tmp_path: Path) -> None:
    node = need("node", "node-redis", "-e", 'require("redis")')
    # Modules of this form look beside the program alone.
    found = subprocess.run(
        (node, "-p", 'require.resolve("redis")'), capture_output=True, text=True, check=True
    ).stdout.strip()
    modules = next(each for each in Path(found).parents if each.name == "node_modules")
    (tmp_path / "node_modules").symlink_to(modules)
    file = tmp_path / "snippet.mjs"
    file.write_text(f"{snippet_kinds.node(hardened.ways[way])}\nconsole.log(await client.ping());\nprocess.exit();\n")
    assert hardened.run(node, str(file)).startswith("PONG")


@pytest.mark.parametrize("way", WAYS)
def test_phpredis(way: str, hardened: Hardened, tmp_path: Path) -> None:
    php = need("php", "phpredis", "-r", "exit(extension_loaded('redis') ? 0 : 1);")
    file = tmp_path / "snippet.php"
    file.write_text(f"<?php\n{snippet_kinds.php(hardened.ways[way])}\nvar_dump($redis->ping());\n")
    assert "bool(true)" in (said := hardened.run(php, str(file))), said


@pytest.mark.parametrize("way", WAYS)
def test_go_redis(way: str, hardened: Hardened, tmp_path: Path) -> None:
    go = need("go", "go-redis", "list", "-m", "github.com/redis/go-redis/v9@latest")
    connection = hardened.ways[way]
    imports = '"crypto/tls"\n\t"crypto/x509"' if connection.tls else ""
    (tmp_path / "main.go").write_text(_GO.format(imports=imports, snippet=snippet_kinds.go(connection)))
    hardened.run(go, "mod", "init", "snippet", directory=tmp_path)
    hardened.run(go, "get", "github.com/redis/go-redis/v9", directory=tmp_path)
    assert "PONG" in (said := hardened.run(go, "run", ".", directory=tmp_path)), said


@pytest.mark.parametrize("way", WAYS)
def test_lettuce(way: str, hardened: Hardened, tmp_path: Path) -> None:
    if "lettuce" not in os.environ.get("CLASSPATH", ""):
        pytest.skip("Lettuce is not installed")
    java = need("java", "Java", "-version")
    file = tmp_path / "Snippet.java"
    file.write_text(_JAVA.format(snippet=snippet_kinds.java(hardened.ways[way])))
    assert "PONG" in (said := hardened.run(java, str(file))), said
