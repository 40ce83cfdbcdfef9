"""What the longer help texts say."""

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
