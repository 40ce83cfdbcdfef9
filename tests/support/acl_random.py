"""Random users and commands for comparing our judgement with a server's."""

from random import Random

from wizard.acl.commands import CommandTable

KEYS = ("a:1", "a:2", "b:1", "c", "ab")
PATTERNS = ("a:*", "b:*", "*", "a:?", "[ab]*", "c")
CHANNELS = ("a:1", "b:1", "a:*", "*")

_SHAPES = (
    "get {k}|set {k} x|set {k} x get|set {k} x ex 10 GET|mset {k} 1 {k} 2|mget {k} {k}|del {k} {k}|exists {k}|rename {k} {k}",
    "copy {k} {k}|move {k} 1|sort {k} by x* get y*|sort {k} store {k}|sort_ro {k}|bitfield {k} get u4 0",
    "bitfield {k} set u4 0 1|bitfield_ro {k} get u4 0|bitop and {k} {k} {k}|eval return 1 {k}|eval return 2 {k} {k}",
    "eval return 0 {k}|eval_ro return 1 {k}|evalsha x 1 {k}|fcall f 1 {k}|fcall_ro f 1 {k}|georadius {k} 0 0 1 m store {k}",
    "georadius {k} 0 0 1 m|georadius_ro {k} 0 0 1 m|georadiusbymember {k} m 1 m storedist {k}|geosearchstore {k} {k} x",
    "zunionstore {k} 2 {k} {k}|zunion 2 {k} {k}|zinterstore {k} 1 {k}|zrangestore {k} {k} 0 1|zadd {k} 1 x|zmpop 1 {k} min",
    "bzmpop 1 2 {k} {k} min|lmpop 1 {k} left|blmpop 1 1 {k} left|sintercard 1 {k}|sunionstore {k} {k} {k}|sdiff {k} {k}",
    "xread streams {k} 0|xread count 1 streams {k} {k} 0 0|xreadgroup group g c streams {k} >|xadd {k} * f v|xinfo stream {k}",
    "xgroup create {k} g 0|xautoclaim {k} g c 0 0|migrate h 1 {k} 0 1|migrate h 1  0 1 keys {k} {k}|object encoding {k}",
    "object help|memory usage {k}|memory doctor|debug object {k}|restore {k} 0 x|dump {k}|lmove {k} {k} left right",
    "blmove {k} {k} left right 0|brpop {k} {k} 1|rpoplpush {k} {k}|smove {k} {k} x|pfcount {k} {k}|pfmerge {k} {k}|pfadd {k}",
    "touch {k}|unlink {k}|expire {k} 1|ttl {k}|type {k}|append {k} x|getdel {k}|getex {k}|getrange {k} 0 1|hset {k} f v",
    "hgetall {k}|hrandfield {k}|lpush {k} x|lrange {k} 0 1|linsert {k} before x y|sadd {k} x|spop {k}|zrange {k} 0 1",
    "zdiff 1 {k}|geoadd {k} 0 0 x|geopos {k} x|geosearch {k} frommember x byradius 1 m|setbit {k} 0 1|getbit {k} 0|bitcount {k}|lcs {k} {k}|watch {k}",
    "publish {c} x|spublish {c} x|subscribe {c}|subscribe {c} {c}|ssubscribe {c}|psubscribe {c}|psubscribe {c} {c}|unsubscribe {c}",
    "punsubscribe|pubsub channels|pubsub numsub {c}|config get x|config set x y|config rewrite|client list|client setname x",
    "client kill id 1|client no-evict on|client setinfo lib-name x|acl whoami|acl list|info|keys *|scan 0|randomkey|dbsize",
    "flushall|flushdb|shutdown|monitor|ping|echo x|select 0|select 1|auth x|hello|reset|multi|exec|discard|unwatch|command",
    "command docs|command count|script load x|script flush|function list|function load x|slowlog get|latency latest|role|wait 0 0",
    "cluster info|cluster reset|failover|replicaof no one|slaveof no one|psync ? -1|sync|replconf x y|bgsave|save|lastsave|time",
    "swapdb 0 1|module list|hexpire {k} 1 fields 1 f|hgetex {k} fields 1 f|msetex 1 {k} x|readonly|lolwut|asking|object freq {k}",
)


def commands(random: Random, count: int) -> list[list[str]]:
    """Give commands with keys and channels filled in; not every server has all of them."""
    shapes = [shape for line in _SHAPES for shape in line.split("|")]
    return [_fill(shape, random) for shape in random.choices(shapes, k=count)]


def every_command(random: Random) -> list[list[str]]:
    """Give each shape once."""
    return [_fill(shape, random) for line in _SHAPES for shape in line.split("|")]


def _fill(shape: str, random: Random) -> list[str]:
    choices = {"{k}": KEYS, "{c}": CHANNELS}
    return [random.choice(choices[word]) if word in choices else word for word in shape.split(" ")]


def rules(random: Random, known: CommandTable, *, selectors: bool = True) -> list[str]:
    """Give rules that the server takes."""
    words = ["resetchannels"] if not known.subcommands else []
    words += _patterns(random, known)
    words += random.sample(["-@all", "+@all", "nocommands", "ALLCOMMANDS", "+@read", "+@write"], k=random.randint(0, 2))
    names = sorted(name for name in known.categories if ":" not in name)
    plain = [name for name in names if "|" not in name]
    for _ in range(random.randint(0, 12)):
        words.append(_command_rule(random, known, names, plain))
    if selectors and known.subcommands and random.random() < 0.3:
        words.append("(" + " ".join(rules(random, known, selectors=False)) + ")")
    return words


def _command_rule(random: Random, known: CommandTable, names: list[str], plain: list[str]) -> str:
    sign = random.choice("+-")
    match random.randint(0, 9):
        case 0 | 1 | 2 | 3:
            return f"{sign}@{random.choice(sorted(set(known.members) - {'always'}))}"
        case 4 | 5:
            return sign + random.choice(plain)
        case 6:
            return random.choice(["+select|0", "+get|a:1", "+publish|a:1"])
        case 7:
            return sign + random.choice(["config", "client", "object", "get", "set", "eval", "xread", "sort", "publish"])
        case _ if known.subcommands:
            return sign + random.choice(names)
        case _:
            return "+" + random.choice(["config|get", "client|list", "client|setname", "memory|usage", "acl|whoami"])


def _patterns(random: Random, known: CommandTable) -> list[str]:
    keys = random.sample(PATTERNS, k=random.randint(0, 3))
    channels = random.sample(("a:*", "b:1", "*"), k=random.randint(0, 2))
    keys = [key for key in keys if key != "*"] + [key for key in keys if key == "*"]
    channels = [channel for channel in channels if channel != "*"] + [c for c in channels if c == "*"]
    signs = ("~", "%R~", "%W~", "%RW~") if known.subcommands else ("~",)
    return [random.choice(signs) + key for key in keys] + ["&" + channel for channel in channels]
