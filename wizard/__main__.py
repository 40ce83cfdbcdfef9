"""Run the product as ``python -I -m wizard``."""

import sys

from wizard.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
