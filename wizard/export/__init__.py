"""Write a planned server for what starts it, where that is not this host: a compose file with what it mounts."""

from wizard.export.compose import ACCOUNT, SERVICE, Export, ExportedFile, export_compose
from wizard.export.configuration import as_service

__all__ = ["ACCOUNT", "SERVICE", "Export", "ExportedFile", "as_service", "export_compose"]
