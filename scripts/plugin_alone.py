"""Run one plugin's tests where nothing is installed but that plugin and what it declares.

Usage: ``python scripts/plugin_alone.py NAME [pytest arguments]``; NAME as in ``plugin-openai``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution, distributions

__all__ = ["main"]

CORE = "chimeric-core"


def main(name: str, arguments: list[str]) -> int:
    """Check what is installed, then run pytest; returns its exit code."""
    package = "chimeric-" + name.removeprefix("plugin-")
    installed = {
        name for d in distributions() if (name := d.metadata["Name"].lower()).startswith("chimeric")
    }
    strangers = installed - _with_siblings(package)
    if strangers:
        print(f"{package} is not alone: {', '.join(sorted(strangers))}", file=sys.stderr)
        return 1
    return subprocess.call([sys.executable, "-m", "pytest", f"plugins/{package}", *arguments])


def _with_siblings(package: str) -> set[str]:
    """The package and all chimeric packages that it declares, theirs included."""
    known = {package}
    waiting = [package]
    while waiting:
        for requirement in distribution(waiting.pop()).requires or ():
            name = re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower()
            if name.startswith("chimeric") and "extra ==" not in requirement and name not in known:
                known.add(name)
                waiting.append(name)
    return known


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
