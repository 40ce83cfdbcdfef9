"""What a program inside a test host begins with, to apply what the wizard recommends there.

Put before the text of the program, which runs as ``python3 -I -c``. What may not live here: any fault.
"""

PRELUDE = r"""
import json, os, subprocess, sys, threading
sys.path[:0] = ["/opt/redis-wizard", "/opt/packages"]
from wizard.app import generate_passwords, start
from wizard.detect.collect import collect
from wizard.host.local import LocalHost
from wizard.model.change import Effect, SetDirective
from wizard.model.value import replace, to_line
from wizard.planning.select_instance import choose
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend


class InHost(LocalHost):
    # The worker is this process: it must be this class that it works on, and it can be killed in the middle.
    reopen_arguments = None


def recommended(host):
    found = collect(host)
    return plan(found.facts, found.sources, recommend(found.facts, choose(found.facts)).answers)


def with_line(wanted, name, value):
    made = SetDirective(
        id=f"directive:{name}", title=name, before="", after="", why="The test wants it.", source="test",
        effect=Effect.RESTART, undo="as it was", path=wanted.config, name=name, values=((value,),),
    )
    *kept, last = (change for change in wanted.changes if change.id != made.id)
    return replace(wanted, changes=(*kept, made, last))


def begin(host, wanted, passwords=None, *, seconds=0):
    drawn = passwords or generate_passwords(wanted)
    return start(host, wanted, login=None, passwords=drawn, confirm_within=seconds)
"""
