"""The page about reliability says what the tests check."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from .life import LIFE

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


def test_every_test_that_the_page_names_exists() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    for kind in LIFE:
        for name in kind.tests:
            assert re.search(rf"^(async )?def {name}\(", tests, re.MULTILINE), name
