"""What an unauthenticated client can still reach: predicted by a plan, observed after an apply."""

from collections.abc import Iterable, Iterator

from wizard.model.value import Value

_SHOWN = 6
_DEFAULT = "default"
_OPEN = "Still open:"
_UNKNOWN = "Not known:"


class OpenEndpoint(Value, frozen=True, kw_only=True):
    """An endpoint that accepts commands without a password."""

    endpoint: str
    """``127.0.0.1:6379``, with ``tls`` behind it where so, or the path of a unix socket."""
    user: str = _DEFAULT
    """The user that needs no password."""
    clients: str = ""
    """Who can connect to a unix socket, by its mode; empty for a port."""

    def __str__(self) -> str:
        return f"{self.endpoint} ({self.clients})" if self.clients else self.endpoint


class Exposure(Value, frozen=True, kw_only=True):
    """What stays open, for whom, and what closes it."""

    open: tuple[OpenEndpoint, ...] = ()
    unknown: tuple[str, ...] = ()
    """Endpoints that gave no clear answer in time: not known to be closed."""
    kept_for: tuple[str, ...] = ()
    """The clients that were connected without a login of their own when the plan was made."""
    close: str = ""
    """How to close it, as an imperative."""
    guessable: tuple[str, ...] = ()
    """Users that keep a password which others can guess."""

    def paragraphs(self) -> tuple[str, ...]:
        """Return the sentences of each thing that stays open as one text, and last what is not known."""
        texts: list[str] = []
        for sentence in self._sentences():
            if texts and not sentence.startswith((_OPEN, _UNKNOWN)):
                texts[-1] += f" {sentence}"
            else:
                texts.append(sentence)
        return tuple(texts)

    def sentences(self) -> tuple[str, ...]:
        """Return what an operator must know first; empty where nothing is open and everything is known."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        for user in dict.fromkeys(each.user for each in self.open):
            names = [str(each) for each in self.open if each.user == user]
            who = "" if user == _DEFAULT else f' as user "{user}"'
            yield f"{_OPEN} {_listed(names)} {_accepts(names)} commands without a password{who}."
        if self.open and self.kept_for:
            yield f"Kept open for {_listed(self.kept_for, parted='; ')}."
        if self.open and self.close:
            yield f"To close: {self.close}."
        if self.guessable:
            users = _listed(f'"{name}"' for name in self.guessable)
            change = "redis-cli ACL SETUSER NAME resetpass '>PASSWORD', then ACL SAVE"
            yield f"{_OPEN} others can guess the password of {users}. To close: {change}."
        if self.unknown:
            yield f"{_UNKNOWN} {_listed(self.unknown)} gave no clear answer to an unauthenticated client."


def _accepts(names: list[str]) -> str:
    return "accepts" if len(names) == 1 else "accept"


def _listed(names: Iterable[str], *, parted: str = ", ") -> str:
    every = list(names)
    more = len(every) - _SHOWN
    return parted.join(every[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
