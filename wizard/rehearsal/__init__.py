"""Run the real binary on the planned configuration before anything changes."""

from wizard.rehearsal.rehearse import rehearse as rehearse_plan
from wizard.rehearsal.sockets import check_sockets, expected_sockets

__all__ = ["check_sockets", "expected_sockets", "rehearse_plan"]
