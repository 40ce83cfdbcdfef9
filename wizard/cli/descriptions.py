"""What the longer help texts say."""

from textwrap import indent

PRUNE = """\
Remove all but the newest N snapshots, with their journals and the stored files that no snapshot uses any more.

Three kinds stay whatever N is: snapshots of an open apply or rollback, the newest applied one of each server, and that
of its last rollback. A damaged one stays until it is older than the newest N. With
--dry-run the command only shows what it would remove.

--private-keys also removes snapshots that hold a private key of a rollback, or of an apply that was rolled back.
Such a rollback can no longer be rolled back itself. Applies in force can be rolled back as before.
"""

UNINSTALL = """\
Remove what redis-wizard left on this host: snapshots, journals, the recovery program, files below /run, boot units.

The hardened configuration stays: redis.conf, users, certificates in use, kernel settings, drop-ins. The command names
their paths. No apply can be rolled back afterwards. The key of the CA and the keys of clients stay, unless you add
--remove-ca. The command is refused while an apply is open. Run it before you remove the program itself.
"""

EXPORT_COMPOSE = """\
Write the planned server as a compose file, with the files that it mounts.

Run it in the container of the server, or with --root on the tree of its image. DIRECTORY gets compose.yaml, redis.conf,
users.acl, certificates and new passwords. No secret is in compose.yaml or in the environment: the server reads files.
"""

EPILOGUE = """\
exit status: 0 done or nothing to do; 1 error; 2 changes pending (plan --detailed-exitcode);
3 check below --fail-under, or a finding in a repository; 4 rolled back; 5 another apply is running;
6 it continues in the background (see status); 64 wrong usage; 130 interrupted, nothing changed
"""

MORE = "Options of every command, before or after it: redis-wizard --help"
"""Ends the help of each command."""

_EXAMPLES = {
    "": """\
redis-wizard --dry-run              the wizard; nothing is changed
redis-wizard check                  what is open on this host
redis-wizard apply --confirm-within 300""",
    "detect": """\
redis-wizard detect --json
redis-wizard detect --root /srv/image""",
    "check": """\
redis-wizard check 6 17
redis-wizard check --user admin --password-file secrets.toml --fail-under 90
redis-wizard check --root .         configuration files of a repository""",
    "attest": """\
redis-wizard attest
redis-wizard attest 23 --note restored-to-db-test
redis-wizard attest 23 --withdraw""",
    "plan": """\
redis-wizard plan
redis-wizard plan --answers answers.toml --out plan.json
redis-wizard plan --detailed-exitcode --json""",
    "apply": """\
redis-wizard apply --confirm-within 300
redis-wizard apply plan.json --yes --secrets-to secrets.toml
redis-wizard apply --accept-data-loss CHANGE""",
    "rollback": """\
redis-wizard rollback               the open apply, else the newest in force
redis-wizard rollback 20260131-093000 --dry-run""",
    "status": """\
redis-wizard status --follow""",
    "snapshots": """\
redis-wizard snapshots list
redis-wizard snapshots diff 20260131-093000
redis-wizard snapshots prune --keep 5 --dry-run""",
    "answers": """\
redis-wizard answers init answers.toml
redis-wizard answers validate answers.toml""",
    "acl": """\
redis-wizard acl test app GET app:1
redis-wizard acl test app -- SET other:1 value""",
    "cert": """\
redis-wizard cert show
redis-wizard cert renew --yes
redis-wizard cert issue reports
redis-wizard cert authority trust""",
    "timer": """\
redis-wizard timer install --user monitor --password-file /root/monitor
redis-wizard timer install --login redis-server monitor /root/first
redis-wizard timer status""",
    "export": """\
redis-wizard export compose
redis-wizard export compose /root/redis --user admin --password-file admin.txt""",
    "schema": """\
redis-wizard schema report""",
    "uninstall": """\
redis-wizard uninstall --dry-run
redis-wizard uninstall --keep-snapshots""",
}
EXAMPLES = {name: "examples:\n" + indent(text, "  ") for name, text in _EXAMPLES.items()}
"""The examples in the help of a command, by its name; the program's own has an empty one."""
