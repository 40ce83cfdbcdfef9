"""What is wrong with a server certificate that the answers name."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.model.facts.files import FileKind
from wizard.model.facts.instance import TlsFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import replace
from wizard.planning.context import Context
from wizard.planning.sections.certificate_files import expires_soon, missing_names, names, read_certificate
from wizard.planning.validation.ranges import FieldProblem

_CERTIFICATE, _KEY, _AUTHORITY = "tls.certificate", "tls.certificate_key", "tls.authority"
_OTHERS = 0o007
"""Rights of every user of the host."""


def import_problems(context: Context, found: TlsFacts) -> Iterator[FieldProblem]:
    """Yield what makes clients or the server refuse the files: form, key, chain, names, validity, permissions.

    Args:
        context: The server, with the answers.
        found: What the named files say.
    """
    tls = context.answers.tls
    fields = {tls.certificate: _CERTIFICATE, tls.authority: _AUTHORITY}
    read = {str(each.path) for each in found.certificates}
    bad = {str(problem.path): f"{problem.path}: {problem.what}" for problem in found.problems}
    for path, field in fields.items():
        if path in bad:
            yield FieldProblem(field=field, text=f"{bad[path]}. Name a file in PEM form.")
        elif path not in read:
            yield FieldProblem(field=field, text=f"{path} could not be read. Name a file in PEM form.")
    yield from _key(found, tls.certificate_key)
    if found.chain_valid is False:
        text = f"{tls.authority} does not verify {tls.certificate}, or one of them is not valid now."
        yield FieldProblem(field=_CERTIFICATE, text=f"{text} Append the certificates between them to the file.")
    yield from _shown(_with_named(context, found), PurePosixPath(tls.certificate))


def _with_named(context: Context, found: TlsFacts) -> Context:
    """Return the context with the named files as those of the server."""
    return Context(
        facts=context.facts,
        sources=context.sources,
        answers=context.answers,
        instance=replace(context.instance, tls=found),
    )


def _key(found: TlsFacts, path: str) -> Iterator[FieldProblem]:
    status = next((each for each in found.keys if str(each.path) == path), None)
    if status is None or status.kind is not FileKind.FILE:
        yield FieldProblem(field=_KEY, text=f"{path} is not a file that can be read. Name the key in PEM form.")
    elif isinstance(found.key_matches, Unreadable):
        yield FieldProblem(field=_KEY, text=f"{path} cannot be used: {found.key_matches.why}.")
    elif found.key_matches is False:
        yield FieldProblem(field=_KEY, text=f"{path} does not belong to the certificate. Name the key that does.")
    elif status.mode & _OTHERS:
        text = f"Every user of this host can read {path} (mode {status.mode:04o}). Set 0640, group of the server."
        yield FieldProblem(field=_KEY, text=text)


def _shown(context: Context, path: PurePosixPath) -> Iterator[FieldProblem]:
    shown = read_certificate(context, path)
    if shown is None:
        return
    if missing := missing_names(shown.names, names(context)):
        text = f"It does not name {', '.join(missing)}: clients that connect by these names refuse it."
        yield FieldProblem(field=_CERTIFICATE, text=text, blocking=False)
    if expires_soon(context, shown):
        text = f"It is valid until {shown.not_after[:10]}. Renew it."
        yield FieldProblem(field=_CERTIFICATE, text=text, blocking=False)
