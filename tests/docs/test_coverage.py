"""Nothing that a user or a plugin's author can name is without an entry and an example."""

from __future__ import annotations

import inspect
import re
from types import ModuleType

import chimeric_batch
import chimeric_gateway
import chimeric_mcp
import chimeric_ray
import chimeric_serving
import chimeric_testing
import chimeric_view
import pytest

import chimeric
from chimeric import errors
from chimeric.plugins import hookspecs

from .pages import DOCS, pages, sections

LIBRARIES = [
    *(chimeric_batch, chimeric_gateway, chimeric_mcp, chimeric_ray, chimeric_serving),
    *(chimeric_testing, chimeric_view),
]
HOOKS = [name for name in vars(hookspecs) if name.startswith("chimeric_")]
ERRORS = [name for name in errors.__all__ if isinstance(getattr(errors, name), type)]

hook_entries = sections(DOCS / "plugins" / "hooks.md")
error_entries = sections(DOCS / "reference" / "errors.md")
entries = {
    heading: text
    for page in sorted((DOCS / "reference").glob("*.md"))
    for heading, text in sections(page).items()
}


def test_there_are_hooks_and_errors_to_look_for() -> None:
    assert len(HOOKS) >= 22
    assert len(ERRORS) >= 26


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_an_entry_with_an_example(hook: str) -> None:
    entry = hook_entries[hook]
    assert _examples(entry, hook), f"{hook} has no example that implements it"
    for row in ("| When |", "| Returns |"):
        assert row in entry, f"the entry of {hook} lacks the row {row}"


@pytest.mark.parametrize("hook", HOOKS)
def test_every_argument_of_a_hook_is_explained(hook: str) -> None:
    parameters = list(inspect.signature(getattr(hookspecs, hook)).parameters)
    entry = hook_entries[hook]
    assert f"`{hook}({', '.join(parameters)})`" in entry, "the signature is not the real one"
    for parameter in parameters:
        assert re.search(rf"^\| `{parameter}` \|", entry, re.MULTILINE), f"{parameter} has no row"


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_class_has_an_entry_with_an_example(name: str) -> None:
    assert _examples(error_entries[name], name), f"{name} has no example that names it"


@pytest.mark.parametrize("name", chimeric.__all__)
def test_every_public_name_has_an_entry_with_an_example(name: str) -> None:
    entry = entries[name]
    assert _examples(entry, name), f"{name} has no example that names it"


@pytest.mark.parametrize(
    ("library", "name"), [(m, n) for m in LIBRARIES for n in m.__all__ if n not in HOOKS]
)
def test_every_name_of_a_library_has_an_entry_with_an_example(
    library: ModuleType, name: str
) -> None:
    page = library.__name__.removeprefix("chimeric_") + ".md"
    entry = sections(DOCS / "reference" / page)[name]
    assert _examples(entry, name), f"{name} has no example that names it"


def test_the_reference_has_no_entries_for_what_does_not_exist() -> None:
    known = {*chimeric.__all__, *errors.__all__}.union(*(m.__all__ for m in LIBRARIES))
    names = {name for name in entries if re.fullmatch(r"[A-Z]\w+|[a-z]+_[a-z_]+", name)}
    assert {n for n in names if "Error" in n or "_" in n} <= known


def _examples(entry: str, name: str) -> list[str]:
    blocks: list[str] = re.findall(r"```python\n(.*?)```", entry, re.DOTALL)
    return [block for block in blocks if re.search(rf"\b{name}\b", block)]


def test_every_command_and_option_of_the_command_line_is_listed() -> None:
    group = pytest.importorskip("chimeric_cli.group", reason="the command line is not installed")
    click = pytest.importorskip("click")
    page = (DOCS / "guide" / "command-line.md").read_text()
    root = next(v for v in vars(group).values() if isinstance(v, click.Group))
    context = click.Context(root)
    names = root.list_commands(context)
    assert "chat" in names
    for name in names:
        assert f"chimeric {name}" in page, name
        command = root.get_command(context, name)
        for parameter in command.params:
            if isinstance(parameter, click.Option) and "--help" not in parameter.opts:
                for option in (*parameter.opts, *parameter.secondary_opts):
                    assert f"`{option}`" in page or f" {option} " in page, f"{name} {option}"


@pytest.mark.parametrize("owner", [chimeric.Chimeric, chimeric.Stream, chimeric.AsyncStream])
def test_every_method_of_the_users_objects_is_used_on_some_page(owner: type) -> None:
    told = "\n".join(page.read_text() for page in pages())
    for name in dir(owner):
        if not name.startswith("_"):
            assert re.search(rf"\.{name}\b", told), f"{owner.__name__}.{name}"
