"""What a detached process forbids to itself before it holds a secret."""

import subprocess
import sys

TELL = """
import ctypes, os, resource
from wizard.apply.process import main
try:
    main([])
except SystemExit:
    pass
PR_GET_DUMPABLE = 3
print(ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)))
"""


def test_no_memory_of_it_reaches_a_file_and_no_file_of_it_others() -> None:
    done = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0", "0", "0o77"]
