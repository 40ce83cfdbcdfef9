"""Keep the life of a detached job: requests, journal, lock, secrets, watchdogs, status."""
