"""``chimeric doctor``: what is set up, what is missing, what does not fit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata
from typing import TYPE_CHECKING

import click

from .finding import Finding, Mark

if TYPE_CHECKING:
    from chimeric import ProviderSetup

    from .installed import Installation

__all__ = ["command"]

MARKS: dict[Mark, tuple[str, str]] = {
    "ok": ("ok", "green"),
    "missing": ("-", "dim"),
    "problem": ("!!", "red"),
    "info": ("", ""),
}

MANY = 8
"""So many services of one distribution that nobody has set up are one line."""


@click.command(name="doctor")
@click.option("--online", is_flag=True, help="Ask each provider for its models (costs nothing).")
@click.option("--all", "everything", is_flag=True, help="List each service that is not set up too.")
def command(online: bool, everything: bool) -> int:
    """Check versions, plugins, keys, base URLs, proxies and certificates. Keys are masked; nothing
    is sent.

    Exits with 1 when something is wrong; a key that is not there is not wrong.
    """
    from .core_files import core_fault
    from .environment import environment

    versions = list(_versions())
    fault = core_fault()
    if fault is not None:
        # What is in the core's folder may not be the core: nothing of it is imported.
        older = fault.partition(" is another")[1] != ""
        versions.insert(1, Finding("problem", "chimeric" if older else "chimeric-core", fault))
        return _tell([("Versions", versions), ("Environment", list(environment()))])
    from .installed import Installation

    installation = Installation()
    sections = [
        ("Versions", versions),
        ("Plugins", list(_plugins(installation))),
        ("Providers", list(_providers(installation, everything=everything))),
        ("Environment", list(environment())),
    ]
    if online:
        sections.append(("Services", list(_services(installation))))
    return _tell(sections)


def _tell(sections: list[tuple[str, list[Finding]]]) -> int:
    """Show the findings; returns the exit code."""
    problems = 0
    for title, findings in sections:
        if findings:
            _show(title, findings)
        problems += sum(finding.mark == "problem" for finding in findings)
    from .terminal import write

    write(f"{problems} problem{'s' if problems != 1 else ''} found\n")
    return 1 if problems else 0


def _show(title: str, findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    from .terminal import show, visible

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True, width=2)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        sign, style = MARKS[finding.mark]
        style_of_text = "red" if finding.mark == "problem" else style if sign == "-" else ""
        table.add_row(
            Text(sign, style),
            Text(visible(finding.what)),
            Text(visible(finding.text), style_of_text),
        )
    show(Text(title, "bold"), table, "")


def _versions() -> Iterator[Finding]:
    yield Finding("info", "python", sys.version.split()[0])
    for dist in _distributions():
        name = dist.metadata["Name"]
        misfits = list(_misfits(dist))
        yield Finding("ok", name, dist.version)
        for misfit in misfits:
            yield Finding("problem", name, misfit)


def _distributions() -> list[metadata.Distribution]:
    """Core, and whatever brings a plugin or a command."""
    found: dict[str, metadata.Distribution] = {}
    for dist in metadata.distributions():
        name = (dist.metadata["Name"] or "").lower()
        groups = {entry.group for entry in dist.entry_points}
        if name.startswith("chimeric-") or groups & {"chimeric", "chimeric.middleware"}:
            found.setdefault(name, dist)
    return [found[name] for name in sorted(found, key=lambda n: (n != "chimeric-core", n))]


def _misfits(dist: metadata.Distribution) -> Iterator[str]:
    """Requirements of a distribution that what is installed does not meet."""
    from packaging.requirements import InvalidRequirement, Requirement

    for text in dist.requires or []:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        wanted = f"{requirement.name}{requirement.specifier}"
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield f"needs {wanted}, which is not installed: pip install '{wanted}'"
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            yield f"needs {wanted}, but {version} is installed: pip install '{wanted}'"


def _plugins(installation: Installation) -> Iterator[Finding]:
    for info in installation.plugins:
        if info.state == "broken":
            yield Finding("problem", info.name, info.error or "broken")
        elif info.state == "disabled":
            yield Finding("missing", info.name, "disabled by CHIMERIC_PLUGINS")
    if not installation.providers:
        yield Finding("problem", "none", "no provider works: pip install chimeric-openai, ...")


def _providers(installation: Installation, *, everything: bool) -> Iterator[Finding]:
    """Those that are set up, in full; then the others, which is no fault, in a line each.

    A distribution that brings many services stands in one line for those that nobody uses.
    """
    from .installed import is_local, was_set_up

    idle: dict[str, list[Finding]] = {}
    for setup in installation.providers:
        mark, key = _key(setup)
        if was_set_up(setup) or setup.problem is not None:
            url_mark, url = _base_url(setup)
            marks: list[Mark] = ["problem", "missing", "ok"]
            yield Finding(min(mark, url_mark, key=marks.index), setup.name, f"{key}\n{url}")
            continue
        if is_local(setup):
            key = f"needs no key; asked at {setup.base_url}, if it runs there"
        elif mark == "ok":
            key += "" if setup.base_url else f"; {_base_url(setup)[1]}"
        finding = Finding("missing", setup.name, key)
        idle.setdefault(setup.declaration.package or "", []).append(finding)
    many = [
        (package, findings)
        for package, findings in idle.items()
        if len(findings) >= MANY and not everything
    ]
    for package, findings in idle.items():
        if (package, findings) not in many:
            yield from findings
    for package, findings in many:
        text = f"{len(findings)} services are not set up; `chimeric doctor --all` lists them"
        yield Finding("missing", package, text)


def _key(setup: ProviderSetup) -> tuple[Mark, str]:
    declared = setup.declaration
    if setup.key is not None:
        return "ok", f"key {setup.key} from {setup.key_source}"
    if not declared.key_required:
        return "ok", "needs no key"
    return "missing", f"no key: set {' or '.join(declared.key_env) or 'one'}"


def _base_url(setup: ProviderSetup) -> tuple[Mark, str]:
    if setup.problem is not None:
        return "problem", setup.problem
    if setup.base_url_source is None and setup.declaration.service is not None:
        return "ok", "started when it is first used"
    if setup.base_url is None:
        own = f"{setup.name.upper().replace('-', '_')}_BASE_URL"
        return "missing", f"no base URL: set {own}"
    source = setup.base_url_source
    return "ok", f"{setup.base_url} from {source}" if source else setup.base_url


def _services(installation: Installation) -> Iterator[Finding]:
    from chimeric import Chimeric, ChimericError

    from .installed import is_local, was_set_up

    with Chimeric(timeout=10, max_retries=0) as client:
        for setup in installation.providers:
            chosen = was_set_up(setup) and setup.configured
            if not (chosen or is_local(setup)):
                continue
            try:
                models = client.list_models(setup.name)
            except ChimericError as error:
                if chosen:
                    yield Finding("problem", setup.name, error.message)
            else:
                yield Finding("ok", setup.name, f"answers, {len(models)} models")
