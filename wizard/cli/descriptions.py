"""What the longer help texts say. What may not live here: arguments."""

PRUNE = """\
Forget all but the newest N snapshots, with their journals and the stored files that no snapshot mentions any more.

These stay whatever N is: one whose apply or rollback is not over, the newest applied one of each server (the way
back), and the one that the last rollback of each server took (the way back from that). A damaged one stays until it
is older than the newest N. With --dry-run it only says what would go.

--private-keys also removes each snapshot of a rollback, or of an apply that was rolled back, that holds the bytes of a
private key. Such a rollback can then no longer be rolled back itself; what is in force can be rolled back as before.
"""


UNINSTALL = """\
Remove what redis-wizard left on this host: snapshots, journals, the recovery program, files below /run, boot units.

What hardens the host stays: configuration, users, certificates in use, kernel settings, drop-ins. Their paths are
named. Nothing can be rolled back afterwards. The key of the CA and the keys of clients stay, unless --remove-ca says
otherwise. It is refused while an apply is open. Run it before the program itself is removed.
"""
