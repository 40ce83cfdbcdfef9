"""The field that fixes an item of the checklist: pure."""

from wizard.model.finding import Finding

FIELDS = {
    "1": "network.bind",
    "3": "network.bind",
    "5": "network.unix_socket",
    "6": "acl.default_user",
    "7": "acl.users",
    "8": "acl.default_user",
    "9": "acl.users",
    "10": "acl.file",
    "11": "commands.disable",
    "12": "commands.disable",
    "13": "acl.users",
    "15": "tls.enabled",
    "16": "tls.replication",
    "17": "memory.maxmemory",
    "18": "audit.timeout_seconds",
    "19": "kernel.huge_pages",
    "20": "kernel.overcommit_memory",
    "21": "persistence.durability",
    "25": "audit.slow_log_microseconds",
    "Xwritable": "acl.file",
    "Xdatadir": "persistence.tighten_directories",
    "Xlog": "persistence.tighten_directories",
    "Xpasswords": "acl.users",
    "Xexpiry": "tls.server_days",
    "Xboot": "kernel.manage",
    "Xbacklog": "kernel.backlog",
    "Xnofile": "kernel.open_files",
    "Xswap": "kernel.swappiness",
    "Xfilemax": "kernel.manage",
}
"""``section.field`` by the id of an item; `acl.users` and `commands.disable` are lists."""


def field_that_fixes(finding: Finding) -> str:
    """Return ``section.field``; empty where no answer decides it."""
    return FIELDS.get(finding.id, "") if finding.step else ""
