"""The fault campaign: every run begins on a pristine host, something goes wrong in it, and the end is judged."""
