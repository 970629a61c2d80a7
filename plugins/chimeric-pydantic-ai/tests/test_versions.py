"""Another version of the framework is refused, with the range."""

from __future__ import annotations

from importlib.metadata import requires, version

import chimeric_pydantic_ai.versions as versions
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from chimeric import ConfigurationError


def test_the_installed_version_is_taken() -> None:
    versions.check()


def test_a_version_outside_the_range_is_refused_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = version(versions.FRAMEWORK)
    monkeypatch.setattr(versions, "TESTED", SpecifierSet(f">{installed},<99"))
    with pytest.raises(ConfigurationError) as raised:
        versions.check()
    assert f"<99,>{installed}" in str(raised.value)
    assert f"{installed} is installed" in str(raised.value)


def test_what_is_installed_with_us_is_what_was_tested() -> None:
    wanted = [Requirement(text) for text in requires("chimeric-pydantic-ai") or ()]
    (framework,) = [r for r in wanted if r.name == versions.FRAMEWORK]
    assert framework.specifier == versions.TESTED
