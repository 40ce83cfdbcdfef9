"""``make pictures``: write the pictures of `docs/tour.md` and README anew; the same screens give the same bytes."""

import asyncio
import os
import sys
import time
from pathlib import Path

from screens.terminal import environment

SIZES = ((80, 24), (120, 40))
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def main() -> int:
    """Write one file a screen and size."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    environment.settle(os.environ)
    asyncio.run(_write())
    return 0


async def _write() -> None:
    from tests.pictures.draw import pictures  # noqa: PLC0415 - Textual reads the environment when imported
    from tests.pictures.host import picture_engine  # noqa: PLC0415 - as above

    PICTURES.mkdir(exist_ok=True)
    for size in SIZES:
        with picture_engine() as engine:
            async for name, text in pictures(engine, size):
                path = PICTURES / f"{name}-{size[0]}x{size[1]}.svg"
                path.write_text(text, encoding="utf-8")
                sys.stdout.write(f"{path.name}  {len(text)} bytes\n")


if __name__ == "__main__":
    sys.exit(main())
