"""Read the facts of a host."""

from wizard.detect.collect import Detection
from wizard.detect.collect import collect as collect_facts
from wizard.detect.servers.given_login import refusal as login_refusal
from wizard.detect.servers.given_login import untried as login_untried
from wizard.detect.servers.live import grouped as group_clients
from wizard.detect.servers.tls import read_imported as read_imported_certificate

__all__ = ["Detection", "collect_facts", "group_clients", "login_refusal", "login_untried", "read_imported_certificate"]
