"""Where Ray is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("ray", "pyarrow", "pandas", "numpy"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
import chimeric_ray
from chimeric import ConfigurationError

for ask in (
    lambda: chimeric_ray.answer(None, model="sim:echo", prompt="question"),
    lambda: chimeric_ray.summary(None),
    lambda: chimeric_ray.RayLedger(),
):
    try:
        ask()
    except ConfigurationError as error:
        print(error)
"""


def test_the_error_names_the_extra(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.count('pip install "chimeric-ray[ray]"') == 3, done.stdout
