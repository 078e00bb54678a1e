"""``python -m gui``: what `govern ui` starts."""

import argparse
import sys
from pathlib import Path

from govern.errors import GovernError
from gui import guard


def main() -> int:
    parser = argparse.ArgumentParser(prog="govern ui", add_help=False)
    parser.add_argument("--ledger", type=Path, default=Path.cwd())
    parser.add_argument("--as", dest="person", default="")
    parser.add_argument("--theme", choices=["light", "dark"], default="")
    parser.add_argument("--shots", type=Path)
    said = parser.parse_args()
    try:
        guard.require_qt()
        if said.shots is not None:
            from gui import shots  # noqa: PLC0415  the guard comes before Qt

            return shots.take(said.shots)
        guard.require_display()
        from gui import app  # noqa: PLC0415  the same

        return app.run(said.ledger, said.person, said.theme)
    except GovernError as error:
        sys.stderr.write(f"error: {error.message}\n" + (f"hint:  {error.hint}\n" if error.hint else ""))
        return 7


if __name__ == "__main__":
    sys.exit(main())
