"""What the states of a unit mean, as ``ActiveState`` names them (systemd.unit of ``org.freedesktop.systemd1(5)``)."""

UP = frozenset({"active", "reloading"})
"""It serves."""
RUNNING = UP | {"activating"}
"""It serves, or is about to."""
STARTED = UP | {"deactivating"}
"""Its start is over, and its stop is not."""
ALIVE = RUNNING | {"deactivating"}
"""A process of it may be there."""
STOPPED = frozenset({"inactive", "failed"})
"""No process of it is there, and none will come by itself."""
WANTED = RUNNING | {"failed"}
"""It runs, or failed although it should run."""
