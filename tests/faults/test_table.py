"""The page about reliability says what the tests check."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_about_reliability_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/reliability_table.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
