"""Set, or check, the one version that all distributions share.

Usage: ``python scripts/set_version.py 0.5.0`` or ``... --check 0.5.0``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
CORE = "chimeric_core/chimeric/_version.py"


def main(arguments: list[str]) -> int:
    """Write the version and the ranges of siblings everywhere; with ``--check``, compare only."""
    version = arguments[-1] if arguments else ""
    if not re.fullmatch(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?", version):
        print(__doc__)
        return 2
    differing: list[str] = []
    for path in [ROOT / CORE, *sorted(ROOT.glob("plugins/*/pyproject.toml"))]:
        old = path.read_text(encoding="utf-8")
        new = _with_version(old, version)
        if new != old:
            differing.append(str(path.relative_to(ROOT)))
            if "--check" not in arguments:
                path.write_text(new, encoding="utf-8")
    for name in differing:
        print(name)
    return int(bool(differing) and "--check" in arguments)


def _with_version(text: str, version: str) -> str:
    major, minor = version.split(".")[:2]
    siblings = f">={major}.{minor},<{major}.{int(minor) + 1}"
    text = re.sub(
        r'^((?:__)?version(?:__)?(?:: \w+)? = )"[^"]+"', rf'\1"{version}"', text, flags=re.MULTILINE
    )
    return re.sub(r'"(chimeric-[a-z0-9-]+)>=[\d.]+,<[\d.]+"', rf'"\1{siblings}"', text)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
