"""Set, or check, the one version that all distributions share.

``constraints.txt`` lists it for every distribution of the release.

Usage: ``python scripts/set_version.py 0.5.0`` or ``... --check 0.5.0``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
CORE = "chimeric_core/chimeric/_version.py"
CONSTRAINTS = ROOT / "constraints.txt"


def main(arguments: list[str]) -> int:
    """Write the version, and what siblings ask for, everywhere; with ``--check``, compare only."""
    version = arguments[-1] if arguments else ""
    if not re.fullmatch(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?", version):
        print(__doc__)
        return 2
    differing: list[str] = []
    projects = sorted(ROOT.glob("plugins/*/pyproject.toml"))
    for path in [ROOT / CORE, ROOT / "pyproject.toml", *projects, CONSTRAINTS]:
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        names = ["chimeric-core", *(p.parent.name for p in projects)]
        new = _constraints(names, version) if path == CONSTRAINTS else _with_version(old, version)
        if new != old:
            differing.append(str(path.relative_to(ROOT)))
            if "--check" not in arguments:
                path.write_text(new, encoding="utf-8")
    for name in differing:
        print(name)
    return int(bool(differing) and "--check" in arguments)


def _with_version(text: str, version: str) -> str:
    major, minor = version.split(".")[:2]
    text = re.sub(
        r'^((?:__)?version(?:__)?(?:: \w+)? = )"[^"]+"', rf'\1"{version}"', text, flags=re.MULTILINE
    )
    # No upper bound: a core of another API refuses a plugin by itself, and says what to install.
    return re.sub(r'"(chimeric-[a-z0-9-]+)>=[\d.]+"', rf'"\1>={major}.{minor}"', text)


def _constraints(names: list[str], version: str) -> str:
    head = (
        f"# The distributions of release {version}, which were tested together:\n"
        '# pip install --constraint constraints.txt "chimeric-core[openai]"\n'
    )
    return head + "".join(f"{name}=={version}\n" for name in names)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
