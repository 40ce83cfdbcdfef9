"""Resolve the value of each directive from the files of a configuration."""

from wizard.config.resolved import ResolvedConfig, read_or_empty, resolve

__all__ = ["ResolvedConfig", "read_or_empty", "resolve"]
