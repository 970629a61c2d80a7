"""Write ``docs/guide/what-happens-to-what-you-say.md`` by saying everything to every provider.

Run it from the root of the project: ``python scripts/said_page.py``. Whether the page is up to date
is told by ``tests/requests/test_said.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.requests.said.kinds import KINDS  # noqa: E402
from tests.requests.said.outcome import outcomes  # noqa: E402
from tests.requests.said.page import page  # noqa: E402

PAGE = ROOT / "docs" / "guide" / "what-happens-to-what-you-say.md"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(outcomes(KINDS)), encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
