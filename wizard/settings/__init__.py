"""One row for each setting: what it sets, its range, which value is stricter, and how it is called."""

from wizard.settings.audit import FEWEST_CLIENTS
from wizard.settings.kernel import RESERVED_FILES
from wizard.settings.rows import SETTINGS, setting_for, setting_of
from wizard.settings.setting import Direction, Setting
from wizard.settings.strictness import is_weaker

__all__ = [
    "FEWEST_CLIENTS",
    "RESERVED_FILES",
    "SETTINGS",
    "Direction",
    "Setting",
    "is_weaker",
    "setting_for",
    "setting_of",
]
