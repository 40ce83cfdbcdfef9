"""What each eviction policy would do to the keys that are there."""

from wizard.config import ttl_share
from wizard.model.answers import EvictionPolicy, MemoryAnswers
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.text import counted
from wizard.model.value import Value
from wizard.planning.sections.memory import policy as policy_of

_ORDER = {
    EvictionPolicy.NOEVICTION: "",
    EvictionPolicy.ALLKEYS_LRU: "least recently used",
    EvictionPolicy.ALLKEYS_LFU: "least often used",
    EvictionPolicy.ALLKEYS_RANDOM: "random",
    EvictionPolicy.VOLATILE_LRU: "least recently used",
    EvictionPolicy.VOLATILE_LFU: "least often used",
    EvictionPolicy.VOLATILE_RANDOM: "random",
    EvictionPolicy.VOLATILE_TTL: "first to expire",
}
"""Which of the keys a policy drops first (redis ``src/evict.c``, ``evictionPoolPopulate``)."""


class EvictionEffect(Value, frozen=True, kw_only=True):
    """What happens to the keys when memory is full."""

    policy: EvictionPolicy
    keys: int | None
    """All keys; ``None`` where they could not be counted."""
    can_go: int | None
    """Of these, the keys that the policy may drop."""

    @property
    def order(self) -> str:
        """Which keys go first; empty where none goes."""
        return _ORDER[self.policy]

    @property
    def drops_only_expiring(self) -> bool:
        """Whether keys without a time to live stay."""
        return self.policy.startswith("volatile-")

    @property
    def brief(self) -> str:
        """What happens, for the end of a line: at most 28 characters with 6 digits."""
        if self.policy is EvictionPolicy.NOEVICTION:
            return "writes fail, all keys stay"
        if not self.keys:
            return "keys with a TTL can go" if self.drops_only_expiring else "every key can go"
        return f"{self.can_go:,} of {self.keys:,} keys can go"

    @property
    def sentence(self) -> str:
        """What happens, in full."""
        if self.policy is EvictionPolicy.NOEVICTION:
            return "Memory full: writes fail, reads go on, every key stays."
        if self.drops_only_expiring and self.can_go == 0 and self.keys:
            return f"Memory full: writes fail. None of {counted(self.keys, 'key')} has a TTL, so none can go."
        kind = "keys with a TTL" if self.drops_only_expiring else "keys"
        text = f"Memory full: drops {self.order} {kind}; writes go on."
        if self.drops_only_expiring:
            stays = counted(self.keys - (self.can_go or 0), "key") if self.keys else "Keys"
            text += f" {stays} without a TTL stay{'s' if stays == '1 key' else ''}."
        return text


def eviction_effect(instance: Instance | None, answers: MemoryAnswers) -> EvictionEffect:
    """Return what the policy of the answers would do to the keys of a server, by ``INFO keyspace``."""
    policy = policy_of(answers)
    if instance is None or not isinstance(instance.live, LiveServer):
        return EvictionEffect(policy=policy, keys=None, can_go=None)
    keys, expiring = ttl_share(instance)
    can_go = 0 if policy is EvictionPolicy.NOEVICTION else expiring if policy.startswith("volatile-") else keys
    return EvictionEffect(policy=policy, keys=keys, can_go=can_go)
