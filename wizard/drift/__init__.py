"""What differs on a host from what the applies in force left there: live values, users, files, permissions, units.

`wizard.snapshots.manual_changes` asks another question: what would a rollback overwrite. A value that is again as
before the apply costs a rollback nothing; here it is the worst that can have happened.
"""

from wizard.drift.read import read_drift, values_left
from wizard.drift.state import Drift

__all__ = ["Drift", "read_drift", "values_left"]
