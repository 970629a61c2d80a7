"""Fill the lists of error texts into ``docs/guide/troubleshooting.md``.

Run it from the root of the project: ``python scripts/troubleshooting_page.py``. Whether the page is
up to date is told by ``tests/docs/test_troubleshooting.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.docs.troubleshooting import PAGE, filled  # noqa: E402


def main() -> int:
    """Fill the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
