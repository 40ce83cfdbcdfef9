"""The configuration as its operator evidently intended it.

The server refuses a line such as ``timeout 60 # seconds``, so no value of it is in force. Its operator chose one all
the same, and a plan must neither lose it nor loosen it.
"""

from wizard.config.resolved import ResolvedConfig, configuration_of
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.instance import Instance
from wizard.model.value import replace


def intended_configuration(instance: Instance) -> ResolvedConfig:
    """Return the configuration of a server, with the intended arguments of each line that the server refuses."""
    config = instance.config
    if not isinstance(config, ConfigFacts):
        return configuration_of(instance)
    intended = {(each.path, each.line): each.intended for each in config.problems if each.intended is not None}
    if not intended:
        return configuration_of(instance)
    lines = (replace(line, arguments=intended.get((line.path, line.line), line.arguments)) for line in config.lines)
    return configuration_of(replace(instance, config=replace(config, lines=tuple(lines))))
