"""Write ``docs/providers/recordings.md``: which provider reads which recordings.

Run it from the root of the project: ``python scripts/recordings_page.py``. Whether the page is up
to date is told by ``tests/conformance/test_table.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.conformance.table import page  # noqa: E402

PAGE = ROOT / "docs" / "providers" / "recordings.md"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
