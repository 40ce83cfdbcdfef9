"""What of a template is judged before it is rendered."""

import pytest

from wizard.repository.template import read_template


def test_a_file_without_an_expression_is_itself() -> None:
    data = b"# made by {{ ansible_managed }}\nport 6379\n# {# no tag of ours #}\n"
    found = read_template(data)
    assert (found.data, found.lines, found.names, found.open) == (data, (), frozenset(), False)


@pytest.mark.parametrize("tag", ["{{ size }}", "<%= @size %>", "{{- .Values.size -}}"])
def test_only_the_lines_with_an_expression_are_left_out(tag: str) -> None:
    found = read_template(f"port 0\nmaxmemory {tag}\nappendonly no\n".encode())
    assert found.data == b"port 0\n\nappendonly no\n"
    assert (found.lines, set(found.names), found.open) == ((2,), {"maxmemory"}, False)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("{% if tls %}", "{% endif %}"),
        ("{%- for port in ports %}", "{%- endfor -%}"),
        ("<% if @tls -%>", "<% end -%>"),
        ("<% @ports.each do |port| -%>", "<% end -%>"),
        ("{{- if .Values.tls }}", "{{- end }}"),
        ("{% if a %}\n{% if b %}\n{% endif %}", "{% endif %}"),
    ],
)
def test_lines_in_a_condition_or_a_loop_are_left_out(start: str, end: str) -> None:
    found = read_template(f"port 0\n{start}\ntls-port 6379\n{end}\ntimeout 9\n".encode())
    assert b"tls-port" not in found.data
    assert found.data.startswith(b"port 0\n\n")
    assert found.data.endswith(b"\n\ntimeout 9\n")
    assert (set(found.names), found.open) == ({"tls-port"}, False)


def test_a_condition_without_an_end_reaches_to_the_end_of_the_file() -> None:
    assert read_template(b"port 0\n{% if tls %}\ntls-port 1\n").data == b"port 0\n\n\n"


@pytest.mark.parametrize(
    "line",
    ["{{ name }} {{ value }}", "{% include 'more.conf' %}", "<%= @lines %>", '{{ include "redis.conf" . }}'],
)
def test_a_line_that_can_be_any_directive_is_told(line: str) -> None:
    assert read_template(f"port 0\n{line}\n".encode()).open


def test_the_rights_of_a_user_are_judged_without_its_password() -> None:
    data = b"user app on >{{ password }} ~app:* +@all\nuser job on #<%= @digest %> ~job:* +@read\n"
    found = read_template(data)
    assert found.data == (
        b"user app on >value-of-the-template ~app:* +@all\nuser job on #" + b"5d" * 32 + b" ~job:* +@read\n"
    )
    assert not found.lines
