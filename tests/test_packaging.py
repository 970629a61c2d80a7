"""Every distribution is complete, and the environments know all of them."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECTS = [ROOT, *sorted(p.parent for p in ROOT.glob("plugins/*/pyproject.toml"))]
NAMES = ["chimeric-core", *(p.name for p in PROJECTS[1:])]
PLUGINS = PROJECTS[1:]


def metadata(project: Path) -> dict:
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))


def package(project: Path) -> Path:
    (path,) = metadata(project)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return project / path


def requirement(text: str) -> tuple[str, str]:
    match = re.match(r"([a-z0-9-]+)(?:\[[^]]*\])?(.*)", text)
    assert match
    return match[1], match[2]


def with_siblings(project: Path) -> set[str]:
    """A plugin, the distributions of this repository that it needs, and those its tests need."""
    tests = siblings(metadata(project).get("dependency-groups", {}).get("tests", []))
    return dependencies(project).union(*(dependencies(ROOT / "plugins" / name) for name in tests))


def dependencies(project: Path) -> set[str]:
    """A plugin, and the distributions of this repository that it needs at run time."""
    names = siblings(metadata(project)["project"]["dependencies"])
    return {project.name}.union(*(dependencies(ROOT / "plugins" / name) for name in names))


def siblings(requirements: list[str]) -> set[str]:
    return {requirement(r)[0] for r in requirements} & set(NAMES[1:])


@pytest.mark.parametrize("project", PROJECTS, ids=NAMES)
def test_a_distribution_brings_its_licence_its_readme_and_its_types(project):
    assert (project / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert len((project / "README.md").read_text(encoding="utf-8")) > 300
    assert (package(project) / "py.typed").exists()


@pytest.mark.parametrize("project", PROJECTS, ids=NAMES)
def test_the_metadata_of_a_distribution_is_complete(project):
    told = metadata(project)["project"]
    assert told["description"].endswith(".")
    assert told["license"] == "MIT"
    assert told["license-files"] == ["LICENSE"]
    assert told["requires-python"] == ">=3.11"
    assert "Typing :: Typed" in told["classifiers"]
    assert told["urls"] == metadata(ROOT)["project"]["urls"]
    if project is not ROOT:
        assert told["name"] == project.name


@pytest.mark.parametrize("project", PLUGINS, ids=NAMES[1:])
def test_all_distributions_share_one_version_and_fit_each_other(project):
    namespace: dict[str, str] = {}
    exec((ROOT / "chimeric_core/chimeric/_version.py").read_text(encoding="utf-8"), namespace)
    version = namespace["__version__"]
    major, minor, _ = version.split(".")
    told = metadata(project)["project"]
    assert told["version"] == version
    optional = [r for rs in told.get("optional-dependencies", {}).values() for r in rs]
    asked = {
        name: versions
        for name, versions in map(requirement, [*told["dependencies"], *optional])
        if name in NAMES
    }
    assert "chimeric-core" in asked
    assert set(asked.values()) == {f">={major}.{minor}"}, "the number of the API guards"


def test_the_core_has_an_extra_for_every_other_distribution():
    extras = metadata(ROOT)["project"]["optional-dependencies"]
    (least,) = {requirement(r)[1] for rs in extras.values() for r in rs}
    assert extras == {n.removeprefix("chimeric-"): [n + least] for n in NAMES[1:]}


def test_the_constraints_and_all_versions_are_those_of_one_release():
    namespace: dict[str, str] = {}
    exec((ROOT / "chimeric_core/chimeric/_version.py").read_text(encoding="utf-8"), namespace)
    version = namespace["__version__"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [n for n in lines if n[0] != "#"] == [f"{name}=={version}" for name in NAMES]
    command = [sys.executable, str(ROOT / "scripts/set_version.py"), "--check"]
    assert subprocess.run([*command, version], check=False).returncode == 0
    told = subprocess.run([*command, "99.0.0"], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert len(told.stdout.split()) == len(NAMES) + 2, "core has two files, then the constraints"


@pytest.mark.parametrize("project", PLUGINS, ids=NAMES[1:])
def test_a_version_stands_in_one_place(project):
    for path in package(project).rglob("*.py"):
        assert not re.search(r'__version__ = "', path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("project", PLUGINS, ids=NAMES[1:])
def test_entry_points_are_modules_of_their_distribution(project):
    groups = metadata(project)["project"].get("entry-points", {})
    # Patterns of models name a provider of the same distribution.
    assert {*groups.pop("chimeric.models", {}).values()} <= {*groups.get("chimeric", {})}
    for targets in groups.values():
        for target in targets.values():
            module = target.partition(":")[0]
            assert module.startswith(package(project).name)
            path = project / Path(*module.split("."))
            assert path.with_suffix(".py").exists() or (path / "__init__.py").exists()


@pytest.mark.parametrize("project", PLUGINS, ids=NAMES[1:])
def test_a_plugin_has_tests_and_an_environment_of_its_own(project):
    assert list((project / "tests").glob("test_*.py"))
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    assert f"-e plugins/{project.name}" in tox["testenv"]["deps"].splitlines()
    (alone,) = (tox[s] for s in tox.sections() if s.startswith("testenv:plugin-{"))
    short = project.name.removeprefix("chimeric-")
    assert short in re.findall(r"[\w-]+", alone.name.partition("{")[2])
    assert short in re.findall(r"[\w-]+", tox["tox"]["env_list"])
    factor = short.partition("-")[0]
    installed = {
        line.rpartition("/")[2]
        for line in alone["deps"].splitlines()
        if ": -e" in line and factor in line.partition(":")[0].split(",")
    }
    assert installed == with_siblings(project)


def test_the_core_depends_on_seven_libraries_only():
    wanted = {requirement(r)[0] for r in metadata(ROOT)["project"]["dependencies"]}
    assert wanted == {
        "anyio",
        "docstring-parser",
        "httpx",
        "importlib-metadata",
        "msgspec",
        "pluggy",
        "sniffio",
    }


def test_the_readme_names_every_distribution():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for project in PLUGINS:
        if project.name != "chimeric-responses":  # a library for plugin authors
            assert f"(plugins/{project.name}/README.md)" in readme


def test_links_of_the_documents_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            if "://" not in target:
                assert (ROOT / target).exists(), f"{name}: {target}"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX file mode")
def test_ci_can_be_run():
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
