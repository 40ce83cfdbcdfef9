"""Facts and answers in, a plan out: an ordered list of changes with what they rest on and will break.

Pure: no disk, clock, process or network. What a change does to a host lives in `wizard.apply`.
"""
