"""What the facts show about the keys of a server: jobs that wait in them, or data that may go."""

import re

from wizard.model.dataset import keyspace
from wizard.model.facts.configuration import AclFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.text import counted

_EVIDENT_CACHE_KEYS = 1000
_EVIDENT_CACHE_PERCENT = 90
_QUEUE_COMMANDS = (
    *("brpop", "blpop", "brpoplpush", "blmove", "blmpop", "bzpopmin", "bzpopmax", "bzmpop", "xreadgroup", "xack"),
    *("rpoplpush", "xautoclaim"),
)
_QUEUE_LIBRARIES = (
    "bullmq",
    "bull",
    "sidekiq",
    "celery",
    "resque",
    "kombu",
    "dramatiq",
    "rq-worker",
    "asynq",
    "horizon",
)
_QUEUE_KEYS = ("bull:", "sidekiq:", "celery", "resque:", "rq:", "asynq:", "queues:", "queue:", "jobs:")
"""What the usual libraries call themselves and their keys."""
_QUEUE_PATTERNS = tuple(f"~{keys}" for keys in _QUEUE_KEYS)
_QUEUE_NAMES = tuple(name for name in _QUEUE_KEYS if name != "jobs:")
"""What names of keys begin with or hold, such as ``laravel_database_queues:``; jobs may be of any kind."""
_WORDS = re.compile(r"[a-z]+")


def queue_evidence(instance: Instance) -> str:
    """Return what shows that jobs wait in the keys: libraries, patterns of users, calls; empty where nothing does."""
    live = instance.live if isinstance(instance.live, LiveServer) else None
    texts = (text.lower() for group in (live.clients if live else ()) for text in (group.name, group.library))
    if name := next((name for text in texts for name in _QUEUE_LIBRARIES if name in text), ""):
        return f"A client is {name}"
    users = instance.acl.lines if isinstance(instance.acl, AclFacts) else ()
    lines = [*users, *(live.acl if live else ())]
    if pattern := next((each for each in _QUEUE_PATTERNS if any(each in line for line in lines)), ""):
        return f"A user has the keys {pattern[1:]}*"
    names = (line.split()[1].lower() for line in lines if len(line.split()) > 1)
    if name := next((name for name in names if not set(_QUEUE_LIBRARIES).isdisjoint(_WORDS.findall(name))), ""):
        return f"A user is {name}"
    known = live.key_names.patterns if live else ()
    if pattern := next((each for each in known if any(name in each.lower() for name in _QUEUE_NAMES)), ""):
        return f"There are keys {pattern}"
    seen = live.command_calls if live else {}
    if command := next((each for each in _QUEUE_COMMANDS if seen.get(each)), ""):
        return f"{command.upper()} was called {counted(seen[command], 'time')}"
    return ""


def ttl_share(instance: Instance) -> tuple[int, int]:
    """Return the number of keys, and of those that have a time to live, over all databases."""
    if not isinstance(instance.live, LiveServer):
        return 0, 0
    databases = keyspace(instance.live.info.items()).values()
    return sum(keys for keys, _ in databases), sum(expires for _, expires in databases)


def nearly_all_expire(instance: Instance) -> bool:
    """Return whether there are many keys, and nearly all of them have a time to live."""
    keys, with_ttl = ttl_share(instance)
    return keys >= _EVIDENT_CACHE_KEYS and with_ttl * 100 >= keys * _EVIDENT_CACHE_PERCENT
