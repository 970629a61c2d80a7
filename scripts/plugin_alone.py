"""Run one plugin's tests where no plugin is installed but that one and what it declares.

It declares libraries that it builds on as dependencies, and what its tests need besides in its
dependency group ``tests``.

Usage: ``python scripts/plugin_alone.py NAME [--first-cases] [pytest arguments]``; NAME as in
``plugin-openai``. ``--first-cases`` runs one case of each test, and of those that are marked as
slow one in a module: that shows what is not declared, and the whole suite runs all of them with
every plugin.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest

__all__ = ["main"]


def main(name: str, arguments: list[str]) -> int:
    """Check what is installed, then run pytest; returns its exit code."""
    package = "chimeric-" + name.removeprefix("plugin-")
    installed = {
        name for d in distributions() if (name := d.metadata["Name"].lower()).startswith("chimeric")
    }
    project = tomllib.loads(Path("plugins", package, "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project.get("dependency-groups", {}).get("tests", [])
    strangers = installed - _with_siblings(package, *map(_name, wanted))
    if strangers:
        print(f"{package} is not alone: {', '.join(sorted(strangers))}", file=sys.stderr)
        return 1
    few = "--first-cases" in arguments
    asked = [argument for argument in arguments if argument != "--first-cases"]
    return pytest.main([f"plugins/{package}", *asked], plugins=[FirstCases()] if few else [])


class FirstCases:
    """Leaves one case of each test, and one slow test of each module."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Take out the others, and count them as deselected."""
        tests: dict[str, pytest.Item] = {}
        for item in items:
            slow = item.get_closest_marker("slow") is not None
            tests.setdefault(item.nodeid.partition("::" if slow else "[")[0], item)
        first = set(tests.values())
        config.hook.pytest_deselected(items=[item for item in items if item not in first])
        items[:] = tests.values()


def _with_siblings(*packages: str) -> set[str]:
    """The packages and all chimeric packages that they declare, theirs included."""
    known: set[str] = set()
    waiting = [name for name in packages if name.startswith("chimeric")]
    while waiting:
        package = waiting.pop()
        if package not in known:
            known.add(package)
            declared = [r for r in distribution(package).requires or () if "extra ==" not in r]
            waiting += [n for n in map(_name, declared) if n.startswith("chimeric")]
    return known


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
