"""Look at a host, one file per fact; `collect` joins them.

Nothing here writes, restarts, or logs in with a guessed password. What cannot be read is an
`Unreadable`. What may not live here: judgements about what was found.
"""
