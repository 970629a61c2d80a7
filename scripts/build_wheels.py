"""Build the wheels of all distributions into a folder, to install from.

``python scripts/build_wheels.py FOLDER [NAME ...]`` builds all, or those that are named. Then
``pip install --find-links FOLDER chimeric-core chimeric-openai`` works without a package index
that has them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    """Build them; returns the exit code."""
    if not arguments:
        print(__doc__)
        return 2
    folder, names = Path(arguments[0]).resolve(), arguments[1:]
    projects = {p.parent.name: p.parent for p in sorted(ROOT.glob("plugins/*/pyproject.toml"))}
    projects = {"chimeric-core": ROOT, **projects}
    if unknown := [name for name in names if name not in projects]:
        print(f"there is no distribution {unknown[0]}", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [project for name, project in projects.items() if not names or name in names]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = [
            told for told in pool.map(lambda project: _build(project, folder), chosen) if told
        ]
    for text in failed:
        print(text, file=sys.stderr)
    print(f"{len(chosen) - len(failed)} wheels in {folder}; use them with")
    print(f'  export PIP_FIND_LINKS="{folder}" UV_FIND_LINKS="{folder}"')
    return 1 if failed else 0


def _build(project: Path, folder: Path) -> str | None:
    """Build one wheel; what went wrong, or None."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run(
        [*command, str(project)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode else None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
