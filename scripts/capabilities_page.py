"""Write ``docs/providers/capabilities.md``: what each provider supports.

Run it from the root of the project: ``python scripts/capabilities_page.py``. Whether the page is up
to date is told by ``tests/docs/test_capabilities.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.docs.capability_table import page  # noqa: E402

PAGE = ROOT / "docs" / "providers" / "capabilities.md"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
