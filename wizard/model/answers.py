"""What the operator wants, one section a step. Versioned, without secrets, portable.

Host-specific values are symbolic (`interface:eth0`, `memory:auto`) and are resolved when planning.
The recommended values and their reasons are derived from facts by `wizard.planning.recommend.answers`.
"""

from enum import StrEnum

from wizard.model.value import Value


class EvictionPolicy(StrEnum):
    """What happens to keys when memory is full (``maxmemory-policy``)."""

    NOEVICTION = "noeviction"
    ALLKEYS_LRU = "allkeys-lru"
    ALLKEYS_LFU = "allkeys-lfu"
    ALLKEYS_RANDOM = "allkeys-random"
    VOLATILE_LRU = "volatile-lru"
    VOLATILE_LFU = "volatile-lfu"
    VOLATILE_RANDOM = "volatile-random"
    VOLATILE_TTL = "volatile-ttl"


class Purpose(StrEnum):
    """What the data is for; each leads to an eviction policy."""

    STORE = "store"
    """The only copy of the data: writes fail when full."""
    CACHE_HOT = "cache-hot"
    """A cache in which some keys are asked for much more than others."""
    CACHE_RECENT = "cache-recent"
    """A cache in which what was used recently is used again."""
    CACHE_MIXED = "cache-mixed"
    """A cache beside keys without a TTL that must stay."""
    QUEUE = "queue"
    """Queues, streams, locks: writes fail when full."""
    CUSTOM = "custom"
    """The operator names the policy."""


class NetworkAnswers(Value, frozen=True, kw_only=True):
    """Who can reach the server."""

    bind: tuple[str, ...] = ("loopback",)
    """``loopback``, ``interface:NAME`` or an address; a leading ``-`` makes it optional at boot."""
    port: int = 6379
    """Plaintext port; closed by ``tls.plaintext`` alone."""
    protected_mode: bool = True
    unix_socket: str = "auto"
    """``auto`` (in the service's runtime directory), ``keep``, ``off``, or an absolute path."""
    unix_socket_permissions: str = "770"
    """Octal, no right for others."""


class MemoryAnswers(Value, frozen=True, kw_only=True):
    """How much memory, and what happens when it is full."""

    maxmemory: str = "auto"
    """``auto`` (the sizing rule), ``keep``, an amount such as ``4gb``, or a percentage of the
    effective limit such as ``60%``."""
    purpose: Purpose = Purpose.STORE
    policy: EvictionPolicy = EvictionPolicy.NOEVICTION
    """Follows from `purpose` unless that is ``custom``."""
    samples: int = 5
    """``maxmemory-samples``."""
    system_reserve: str = "auto"
    """Kept for the system: ``auto`` is the larger of 1 GiB and 6 % of the limit (at most half)."""
    copy_on_write_percent: int = 25
    """Reserve for the fork of a save, in percent of maxmemory."""


class AclRole(StrEnum):
    """Proven sets of rules (`wizard.acl.presets`)."""

    READ_ONLY = "read-only"
    APPLICATION = "application"
    PUBSUB = "pubsub"
    ADMINISTRATOR = "administrator"
    OPERATIONS = "operations"
    EXPORTER = "exporter"
    HEALTH = "health"
    BACKUP = "backup"
    REPLICA = "replica"
    SENTINEL = "sentinel"
    CUSTOM = "custom"


class UserAnswer(Value, frozen=True, kw_only=True):
    """One ACL user."""

    name: str
    """``[A-Za-z0-9_.-]``, 1 to 64 characters, not ``default``."""
    role: AclRole
    keys: tuple[str, ...] = ()
    """Key patterns such as ``cache:*``, without the ``~``."""
    channels: tuple[str, ...] = ()
    """Channel patterns, without the ``&``."""
    rules: str = ""
    """With role ``custom``: the command rules, for example ``+@read -@dangerous``."""
    enabled: bool = True


class DefaultUser(StrEnum):
    """What becomes of the user that needs no name."""

    OFF = "off"
    KEEP = "keep"


class AclAnswers(Value, frozen=True, kw_only=True):
    """Who may do what."""

    manage: bool = True
    """False leaves users as they are."""
    users: tuple[UserAnswer, ...] = ()
    default_user: DefaultUser = DefaultUser.OFF
    file: str = "auto"
    """``auto`` (the one in use, else ``users.acl`` beside the configuration) or an absolute path."""


class CommandAnswers(Value, frozen=True, kw_only=True):
    """Dangerous commands. The ACL barrier is always there; renaming is a second one."""

    disable: tuple[str, ...] = ()
    """Commands that ``rename-command`` takes away for everyone; empty is recommended."""
    keep_renames: bool = False
    """Leave existing ``rename-command`` lines as they are instead of moving them to the ACL."""


class Plaintext(StrEnum):
    """What happens to the plaintext port."""

    CLOSE = "close"
    """It closes beside the port with TLS, and the connections that came by it are ended."""
    DRAIN = "drain"
    """It stays beside the TLS port as long as a client is connected by it, and closes once none is."""
    KEEP = "keep"


class KeyType(StrEnum):
    """Kind of private key for new certificates."""

    EC_P256 = "ec-p256"
    RSA_2048 = "rsa-2048"
    RSA_4096 = "rsa-4096"


class ClientCertificates(StrEnum):
    """``tls-auth-clients``."""

    REQUIRED = "yes"
    OPTIONAL = "optional"
    NO = "no"


class TlsAnswers(Value, frozen=True, kw_only=True):
    """Transport security."""

    enabled: bool = True
    port: int = 6380
    plaintext: Plaintext = Plaintext.CLOSE
    certificate: str = "create"
    """``create``, or the absolute path of an own server certificate in PEM, its chain behind it; then
    `certificate_key` names its key, and `authority` the CA certificate."""
    certificate_key: str = ""
    authority: str = "create"
    """``create`` (or reuse the one made here), or the absolute path of an own CA certificate; then
    `authority_key` names its key, which an own server certificate does not need."""
    authority_key: str = ""
    authority_key_passphrase_file: str = ""
    """File whose first line encrypts (or opens) the CA key; empty leaves the key unencrypted, 0600."""
    names: tuple[str, ...] = ("auto",)
    """SANs of the server certificate: ``auto`` (host names and bound addresses), host names, addresses."""
    server_days: int = 397
    authority_days: int = 3650
    client_days: int = 397
    key_type: KeyType = KeyType.EC_P256
    client_certificates: ClientCertificates = ClientCertificates.REQUIRED
    replication: bool = True
    """``tls-replication`` where no peer would be disconnected."""


class KernelAnswers(Value, frozen=True, kw_only=True):
    """Kernel settings and service limits. Nothing here ever lowers a limit."""

    manage: bool = True
    overcommit_memory: bool = True
    """``vm.overcommit_memory = 1``."""
    huge_pages: bool = True
    """Transparent huge pages off, live and at boot."""
    backlog: int = 4096
    """At least this for ``net.core.somaxconn`` and ``net.ipv4.tcp_max_syn_backlog``; 0 leaves them."""
    tcp_keepalive: bool = True
    """The chapter's keepalive times for the host (300, 30, 3)."""
    swappiness: int = -1
    """``vm.swappiness``, -1 leaves it."""
    open_files: int = 65535
    """At least this many open files for the service; 0 leaves it."""


class Durability(StrEnum):
    """How much data may be lost in a crash."""

    ALWAYS = "always"
    SECOND = "second"
    SNAPSHOTS = "snapshots"
    NOTHING_KEPT = "nothing-kept"
    KEEP = "keep"


class PersistenceAnswers(Value, frozen=True, kw_only=True):
    """What survives a crash, and who can read it."""

    durability: Durability = Durability.SECOND
    snapshots: tuple[str, ...] = ("3600 1", "300 100", "60 10000")
    """RDB save points, ``seconds changes`` each; empty with durability ``second`` means none."""
    tighten_directories: bool = True
    """Data directory 0750 at most, owned by the service."""
    server_writes: bool = False
    """The server can rewrite its configuration and ACL file (``CONFIG REWRITE``, ``ACL SAVE``)."""


class AuditAnswers(Value, frozen=True, kw_only=True):
    """What is recorded, and limits on clients."""

    slow_log_microseconds: int = 5000
    slow_log_length: int = 256
    latency_threshold_milliseconds: int = 100
    acl_log_length: int = 128
    log_level: str = "notice"
    timeout_seconds: int = 300
    """Idle clients are closed after this; 0 never."""
    tcp_keepalive_seconds: int = 300
    max_clients: int = 10000
    keyspace_events: str = ""
    """``notify-keyspace-events``; empty is recommended: each class costs a publish a write."""


class Attestation(Value, frozen=True, kw_only=True):
    """An operator's dated statement on an item that a host cannot prove."""

    item: int
    """Number of the checklist item."""
    by: str
    on: str
    """ISO date; expires after 90 days."""
    note: str = ""
    """What was checked, and how; without it the attestation does not count."""


class AttestedServer(Value, frozen=True, kw_only=True):
    """What was attested of one server."""

    instance: str
    attestations: tuple[Attestation, ...]
    """By item, at most one each."""


class Attestations(Value, frozen=True, kw_only=True):
    """What was attested on a host."""

    schema: str = "redis-wizard/attestations"
    version: int = 1
    servers: tuple[AttestedServer, ...] = ()


class Answers(Value, frozen=True, kw_only=True):
    """All that the operator decides."""

    version: int = 1
    network: NetworkAnswers = NetworkAnswers()
    memory: MemoryAnswers = MemoryAnswers()
    acl: AclAnswers = AclAnswers()
    commands: CommandAnswers = CommandAnswers()
    tls: TlsAnswers = TlsAnswers()
    kernel: KernelAnswers = KernelAnswers()
    persistence: PersistenceAnswers = PersistenceAnswers()
    audit: AuditAnswers = AuditAnswers()
    attestations: tuple[Attestation, ...] = ()


class Draft(Value, frozen=True, kw_only=True):
    """Answers that were not applied, and what they were made from."""

    schema: str = "redis-wizard/draft"
    version: int = 1
    instance: str
    """The instance that they are for; empty where none was there."""
    saved_at: str
    """ISO 8601, UTC."""
    answers: Answers
    recommended: Answers
    """What the host suggested then: a difference to what it suggests now is a change of the host."""
    left_out: tuple[str, ...] = ()
    """Ids of the changes that the operator left out of the plan."""


class Reason(Value, frozen=True, kw_only=True):
    """Why a value is recommended."""

    why: str
    """One sentence with the facts it depends on."""
    source: str
    """Where the rule comes from: a document, a measurement, an item of the checklist."""


class Recommendation(Value, frozen=True, kw_only=True):
    """The answers that the facts suggest, each with its reason."""

    answers: Answers
    reasons: dict[str, Reason]
    """By ``section.field``, for example ``memory.maxmemory``."""
