"""Judge the configuration files of a repository: they are no host's yet, so nothing of a host is judged."""

from wizard.repository.files import is_repository
from wizard.repository.judge import judge_repository

__all__ = ["is_repository", "judge_repository"]
