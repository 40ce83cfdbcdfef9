"""Hosts for every item of the checklist: one that passes, one that fails, one that cannot be looked at.

Each case names the item, the state that must come out, and words that the summary must say.
"""

from tests.scenarios.checklist.cases.authentication import AUTHENTICATION
from tests.scenarios.checklist.cases.beyond import BEYOND
from tests.scenarios.checklist.cases.commands import COMMANDS
from tests.scenarios.checklist.cases.memory import MEMORY
from tests.scenarios.checklist.cases.monitoring import MONITORING
from tests.scenarios.checklist.cases.network import NETWORK
from tests.scenarios.checklist.cases.persistence import PERSISTENCE
from tests.scenarios.checklist.cases.transport import TRANSPORT

CASES = [*NETWORK, *AUTHENTICATION, *COMMANDS, *TRANSPORT, *MEMORY, *PERSISTENCE, *MONITORING, *BEYOND]
