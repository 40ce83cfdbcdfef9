"""The facts of a host: read once, frozen, serialisable, and without any secret. `host` joins them.

`wizard.detect` fills these values; planning and the checklist only read them. Texts come from the
host as they are (data, never markup); secret arguments are replaced by ``MASK`` or a fingerprint
before they get here. What could not be read is an ``Unreadable``, not a default.
"""
