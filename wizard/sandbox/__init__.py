"""Offer a private directory with a server of its own as a host."""

from wizard.sandbox.files import Layout
from wizard.sandbox.host import SandboxHost

__all__ = ["Layout", "SandboxHost"]
