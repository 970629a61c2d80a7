"""Write the signatures into the pages of ``docs/reference``, for readers of the Markdown.

Run it from the root of the project: ``python scripts/reference_signatures.py``. Whether they are up
to date is told by ``tests/docs/test_signatures.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.docs.signatures import reference, signed  # noqa: E402


def main() -> int:
    """Write the pages."""
    for page in reference():
        page.write_text(signed(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"wrote {page}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
