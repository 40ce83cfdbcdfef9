"""``acl test``: may a user run a command on a key?"""

import argparse

from wizard.cli import output
from wizard.cli.context import detect_host, instance_of, login_of, reader_of
from wizard.command_trial import try_command


def run(options: argparse.Namespace) -> int:
    """Say yes or no, why not, and what decided it: the server where it can be asked, else the rules."""
    words = (*options.words, *options.on_key)
    with reader_of(options) as host:
        detection = detect_host(host, options)
        instance = instance_of(detection, options)
        said = try_command(host, detection.facts, instance, options.name, words, login_of(options))
        output.result(output.wrapped(said))
    return 0
