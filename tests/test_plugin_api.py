"""The number of the plugin API: what is declared, what is taken, what is refused."""

from __future__ import annotations

import types
import warnings
from pathlib import Path
from typing import Any

import pytest

import chimeric
from chimeric import API_VERSION, Chimeric, PluginError, PluginWarning, hookimpl, plugins
from chimeric.plugins.api import check_api, declared_api


def plugin(**attributes: Any) -> Any:
    @hookimpl
    def chimeric_process_chunk(chunk: Any) -> Any:
        return chunk

    module = types.SimpleNamespace(name="mine", chimeric_process_chunk=chimeric_process_chunk)
    vars(module).update(attributes)
    return module


def test_the_number_is_public() -> None:
    assert API_VERSION == 2
    assert chimeric.API_VERSION == API_VERSION


def test_a_plugin_that_says_nothing_is_of_the_first_api_or_a_callers_own() -> None:
    assert declared_api(plugin(), installed=True) == (1, 1)
    assert declared_api(plugin(), installed=False) == (API_VERSION, API_VERSION)


def test_a_single_number_is_both() -> None:
    assert declared_api(plugin(chimeric_api=2), installed=True) == (2, 2)
    assert declared_api(plugin(chimeric_api=[1, 2]), installed=True) == (1, 2)


@pytest.mark.parametrize("told", ["2", (2,), (2, 1), (0, 1), (1, 2, 3), 0, True, (1.0, 2), {}])
def test_anything_else_is_no_range(told: Any) -> None:
    with pytest.raises(PluginError, match="lowest, highest"):
        declared_api(plugin(chimeric_api=told), installed=True)


@pytest.mark.parametrize("span", [(1, 1), (1, 2), (2, 2), (2, 3), (1, 9)])
def test_this_number_and_the_one_before_are_taken(span: tuple[int, int]) -> None:
    check_api(span, lambda: None)
    with Chimeric(plugins=[plugin(chimeric_api=span)]) as client:
        assert "mine" in [info.name for info in client.plugins if info.kind == "object"]


def test_a_later_one_is_refused_and_the_text_names_what_to_install() -> None:
    with pytest.raises(PluginError, match=r"pip install 'chimeric-core>=0\.6'"):
        check_api((3, 3), lambda: None)
    with pytest.raises(PluginError, match=r"pip install 'chimeric-core>=1\.2'"):
        check_api((3, 3), lambda: "chimeric-core<2,>=1.2")
    with pytest.raises(PluginError, match="plugin 'mine' cannot be used: it needs plugin API 3"):
        Chimeric(plugins=[plugin(chimeric_api=(3, 4))])


def test_only_plugins_is_an_allow_list(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {info.name for info in plugins() if info.state != "broken"}
    assert {"openai", "redact"} <= names
    with Chimeric(only_plugins=["openai"]) as client:
        states = {info.name: info.state for info in client.plugins}
        assert {name for name, state in states.items() if state == "active"} == {"openai"}
        assert client.available_providers == ["openai"]
    monkeypatch.setenv("CHIMERIC_PLUGINS", "anthropic, redact")
    with Chimeric() as client:
        assert client.available_providers == ["anthropic"]
    with Chimeric(only_plugins=()) as client:  # the argument wins
        assert client.available_providers == []


@pytest.mark.parametrize(
    "entry_points",
    [
        b"[console_scripts]\nfoo\n",
        b"<<<<<<< HEAD\n[console_scripts]\na = b:c\n=======\nbar\n",
        "[console_scripts]\n# caf\xe9\na = b:c\n".encode("latin-1"),
    ],
    ids=["no value", "merge conflict", "not UTF-8"],
)
def test_broken_metadata_of_an_unrelated_distribution_takes_nothing_down(
    entry_points: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_bytes(entry_points)
    monkeypatch.syspath_prepend(str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        with Chimeric() as client:
            assert "openai" in client.available_providers


def test_a_plugin_whose_metadata_is_not_utf_8_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "foo-1.0.dist-info"
    info.mkdir()
    told = "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\nAuthor: Ren\xe9\n"
    (info / "METADATA").write_bytes(told.encode("latin-1"))
    (info / "entry_points.txt").write_text("[chimeric.middleware]\nfoo = foo_for_chimeric\n")
    (tmp_path / "foo_for_chimeric.py").write_text(
        "import chimeric\n@chimeric.hookimpl\ndef chimeric_process_chunk(chunk): return chunk\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with Chimeric() as client:
        assert ("foo", "active") in [(info.name, info.state) for info in client.plugins]


def test_a_name_of_a_moved_module_is_found_and_told_with_file_and_line() -> None:
    with pytest.warns(DeprecationWarning, match="import Delta from chimeric") as told:
        from chimeric.deltas import Delta
    assert Delta is chimeric.Delta
    assert told[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="it is private, and stands in chimeric.plugins"):
        from chimeric.plugins import Registry  # noqa: F401


def test_a_module_that_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        import chimeric.nonsense  # noqa: F401
    with pytest.raises(ImportError, match="NoSuchThing"):
        from chimeric.deltas import NoSuchThing  # noqa: F401
