"""Build every distribution and check what a stranger would get.

Each one is built (the wheel from its sdist), passes ``twine check``, has complete metadata, fits
the versions of its siblings, installs into an empty environment from its wheel, imports there,
and imports nothing that it does not declare.

Usage: ``python scripts/check_distributions.py [NAME...]``
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from email.parser import Parser
from functools import partial
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
URLS = {"Documentation", "Source", "Changelog"}
OPTIONAL = {"pytest"}
"""May be imported undeclared: a pytest plugin is loaded by pytest only."""

PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
"""A stranger has no constraints, nor other places where uv looks for distributions."""

MOST_DISTRIBUTIONS, MOST_MEGABYTES = 16, 6.0
"""For core and one provider, beyond Python. httpx alone is eight distributions."""

WALK = """
import importlib, pathlib, pkgutil, sys
name, *optional = sys.argv[1:]
top = importlib.import_module(name)
for module in pkgutil.walk_packages(top.__path__, name + "."):
    if module.name.endswith("__main__") or ".template" in module.name:
        continue
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in optional:
            raise
"""


class Wheel:
    """A built wheel and what it tells of itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.files = archive.namelist()
            info = next(n for n in self.files if n.endswith(".dist-info/METADATA"))
            self.metadata: Message = Parser().parsestr(archive.read(info).decode())
            self.sources = {n: archive.read(n).decode() for n in self.files if n.endswith(".py")}
        self.name: str = self.metadata["Name"]
        self.version: str = self.metadata["Version"]
        self.requirements = [Requirement(r) for r in self.metadata.get_all("Requires-Dist", [])]
        self.package = next(n.partition("/")[0] for n in self.files if n.endswith("/__init__.py"))


def main(chosen: list[str]) -> int:
    """Check all distributions, or the chosen ones; prints a line for each, returns 0 or 1."""
    projects = [ROOT, *sorted(p.parent for p in ROOT.glob("plugins/*/pyproject.toml"))]
    with tempfile.TemporaryDirectory() as directory:
        dist, wheelhouse = Path(directory, "dist"), Path(directory, "wheelhouse")
        build = partial(_run, "-m", "build", "--no-isolation", "--outdir", dist)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(build, projects))
        _run("-m", "twine", "check", "--strict", *sorted(dist.iterdir()))
        wheels = {w.name: w for w in map(Wheel, sorted(dist.glob("*.whl")))}
        _fetch_dependencies(wheels, dist, wheelhouse)
        failed = False
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            wanted = [w for name, w in wheels.items() if not chosen or name in chosen]
            check = partial(_check, wheels=wheels, dist=dist, wheelhouse=wheelhouse)
            for wheel, (told, problems) in zip(wanted, pool.map(check, wanted), strict=True):
                verdict = "FAIL" if problems else "ok"
                print(f"{verdict:5}{wheel.name} {wheel.version}: {told}", flush=True)
                for problem in problems:
                    print(f"     {problem}")
                failed = failed or bool(problems)
    return int(failed)


def _check(
    wheel: Wheel, wheels: dict[str, Wheel], dist: Path, wheelhouse: Path
) -> tuple[str, list[str]]:
    """What to tell of a wheel, and its problems."""
    told, problems = _installation_problems(wheel, dist, wheelhouse)
    said = [*_metadata_problems(wheel), *_sibling_problems(wheel, wheels), *_import_problems(wheel)]
    return told, said + problems


def _run(*arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=PLAIN,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed:\n{done.stdout}")
    return done.stdout


# --- what the wheel says -------------------------------------------------------------------------


def _metadata_problems(wheel: Wheel) -> list[str]:
    metadata = wheel.metadata
    problems = [
        f"no {field} in its metadata"
        for field in ("Summary", "License-Expression", "License-File", "Requires-Python")
        if not metadata[field]
    ]
    payload = metadata.get_payload()
    if not isinstance(payload, str) or len(payload) < 200:
        problems.append("its README is missing or says nothing")
    urls = {u.partition(",")[0] for u in metadata.get_all("Project-URL", [])}
    if missing := URLS - urls:
        problems.append(f"no URL for {', '.join(sorted(missing))}")
    if "Typing :: Typed" not in metadata.get_all("Classifier", []):
        problems.append("not classified as typed")
    if f"{wheel.package}/py.typed" not in wheel.files:
        problems.append("no py.typed")
    strangers = {n.partition("/")[0] for n in wheel.files} - {wheel.package}
    problems += [f"{s} is in the wheel" for s in strangers if not s.endswith(".dist-info")]
    return problems


def _sibling_problems(wheel: Wheel, wheels: dict[str, Wheel]) -> list[str]:
    problems: list[str] = []
    for requirement in wheel.requirements:
        sibling = wheels.get(requirement.name)
        if sibling is None:
            continue
        if not requirement.specifier.contains(sibling.version):
            problems.append(f"{requirement} does not allow {sibling.version}, which is built here")
        if any(s.operator != ">=" for s in requirement.specifier):
            problems.append(f"{requirement} has an upper bound: the number of the API guards")
    return problems


def _import_problems(wheel: Wheel) -> list[str]:
    """Imports of modules that no declared requirement provides."""
    declared = {canonicalize_name(r.name) for r in wheel.requirements}
    problems: set[str] = set()
    for path, source in wheel.sources.items():
        for module in _imported(ast.parse(source)):
            if module in sys.stdlib_module_names or module in {wheel.package, *OPTIONAL}:
                continue
            name = "chimeric-core" if module == "chimeric" else canonicalize_name(module)
            if not any(d == name or d.startswith(name + "-") for d in declared):
                problems.add(f"{path} imports {module}, which is not declared")
    return sorted(problems)


def _imported(tree: ast.AST) -> set[str]:
    """Top-level names of all imported modules, those for type checkers left out."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
        found |= _imported(node)
    return found


# --- how it installs -----------------------------------------------------------------------------


def _fetch_dependencies(wheels: dict[str, Wheel], dist: Path, wheelhouse: Path) -> None:
    """Download once what the distributions of others need."""
    wanted = {
        str(r).partition(";")[0]
        for w in wheels.values()
        for r in w.requirements
        if r.name not in wheels and "extra" not in str(r.marker or "")
    }
    _run(
        *("-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
        *("--wheel-dir", wheelhouse, "--find-links", dist, *sorted(wanted)),
    )


def _installation_problems(wheel: Wheel, dist: Path, wheelhouse: Path) -> tuple[str, list[str]]:
    place = dist.parent / wheel.name
    venv.create(place, with_pip=False)
    python = next(p for p in (place / "bin/python", place / "Scripts/python.exe") if p.exists())
    _run(
        *("-m", "uv", "pip", "install", "--quiet", "--python", python),
        *("--cache-dir", dist.parent / "cache", "--no-config", "--no-index"),
        *("--find-links", dist, "--find-links", wheelhouse, wheel.path),
    )
    extras = {re.sub(r"\W", "_", r.name) for r in wheel.requirements if "extra" in str(r.marker)}
    walked = subprocess.run(
        [str(python), "-B", "-c", WALK, wheel.package, *extras, *OPTIONAL],
        capture_output=True,
        text=True,
        check=False,
    )
    problems = [walked.stderr.strip()] if walked.returncode else []
    site = next(place.rglob("site-packages"))
    count = len(list(site.glob("*.dist-info")))
    size = sum(f.stat().st_size for f in site.rglob("*") if f.is_file()) / 1e6
    one_provider = {r.name for r in wheel.requirements} <= {"chimeric-core", "msgspec"}
    if one_provider and (count > MOST_DISTRIBUTIONS or size > MOST_MEGABYTES):
        problems.append(f"more than {MOST_DISTRIBUTIONS} distributions or {MOST_MEGABYTES} MB")
    return f"{count} distributions, {size:.1f} MB installed", problems


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
