"""The value of each directive: in force, and at the next start, from files and command line."""

from wizard.config.command_line import exec_start_arguments, server_arguments
from wizard.config.defaults import default_on
from wizard.config.endpoints import ConfiguredEndpoint, configured_endpoints
from wizard.config.files import ResolvedFiles, resolve
from wizard.config.intended import intended_configuration
from wizard.config.resolved import ResolvedConfig, configuration_of, join_lines
from wizard.config.supported import why_unsupported
from wizard.config.workload import nearly_all_expire, queue_evidence, ttl_share

__all__ = [
    "ConfiguredEndpoint",
    "ResolvedConfig",
    "ResolvedFiles",
    "configuration_of",
    "configured_endpoints",
    "default_on",
    "exec_start_arguments",
    "intended_configuration",
    "join_lines",
    "nearly_all_expire",
    "queue_evidence",
    "resolve",
    "server_arguments",
    "ttl_share",
    "why_unsupported",
]
