"""Facts and answers in, a plan out: an ordered list of changes with what they depend on and will break.

Pure: no disk, clock, process or network. What a change does to a host lives in `wizard.apply`.
"""
