"""Each connection is a program in its language, by that language's own parser, where this machine has one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from screens.text import snippet_kinds
from screens.text.snippets import Connection

PLACE = "/var/lib/redis-wizard/clients/app"
WAYS = {
    "tls": Connection(
        host="db1.lan",
        port="6380",
        user="a'p\"p\\",
        tls=True,
        authority=f"{PLACE}/ca.crt",
        certificate=f"{PLACE}/client.crt",
        key=f"{PLACE}/client.key",
    ),
    "clear": Connection(host="db1.lan", port="6379", user="app", tls=False),
    "socket": Connection(host="db1", port="0", user="app", tls=False, socket="/run/redis/redis.sock"),
}
PARSER = """
import com.sun.source.util.JavacTask;
import java.nio.file.Path;
import java.util.List;
import javax.tools.*;

public class Parse {
  public static void main(String[] files) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    StandardJavaFileManager manager = compiler.getStandardFileManager(found, null, null);
    var units = manager.getJavaFileObjects(Path.of(files[0]));
    ((JavacTask) compiler.getTask(null, manager, found, List.of(), null, units)).parse();
    found.getDiagnostics().forEach(System.out::println);
    System.exit(found.getDiagnostics().isEmpty() ? 0 : 1);
  }
}
"""
"""The compiler's parser alone: the client library is not on this machine."""


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def accepted(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, f"{ran.stdout}{ran.stderr}"


@pytest.mark.parametrize("way", WAYS)
def test_node(way: str, tmp_path: Path) -> None:
    file = tmp_path / "snippet.mjs"
    file.write_text(snippet_kinds.node(WAYS[way]))
    accepted(need("node"), "--check", str(file))


@pytest.mark.parametrize("way", WAYS)
def test_php(way: str, tmp_path: Path) -> None:
    file = tmp_path / "snippet.php"
    file.write_text(f"<?php\n{snippet_kinds.php(WAYS[way])}\n")
    accepted(need("php"), "-l", str(file))


@pytest.mark.parametrize("way", WAYS)
def test_go(way: str, tmp_path: Path) -> None:
    file = tmp_path / "snippet.go"
    file.write_text(f"package main\n\nfunc main() {{\n{snippet_kinds.go(WAYS[way])}\n}}\n")
    accepted(need("gofmt"), "-e", str(file))


def test_java(tmp_path: Path) -> None:
    java, bodies = need("java"), [snippet_kinds.java(way) for way in WAYS.values()]
    need("javac")
    methods = "\n".join(f"void way{place}() {{\n{body}\n}}" for place, body in enumerate(bodies))
    (tmp_path / "Parse.java").write_text(PARSER)
    (tmp_path / "Snippet.java").write_text(f"class Snippet {{\n{methods}\n}}\n")
    accepted(java, str(tmp_path / "Parse.java"), str(tmp_path / "Snippet.java"))
