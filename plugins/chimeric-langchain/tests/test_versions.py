"""Another version of the framework is refused, with the range."""

from __future__ import annotations

from importlib.metadata import requires
from pathlib import Path

import chimeric_langchain.versions as versions
import pytest
from packaging.requirements import Requirement

from chimeric import ConfigurationError


def test_the_installed_version_is_taken() -> None:
    versions.check()


def test_a_version_outside_the_range_is_refused_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "langchain_core-99.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: langchain-core\nVersion: 99.0\n")
    monkeypatch.syspath_prepend(tmp_path)  # what stands first is what is installed
    with pytest.raises(ConfigurationError) as raised:
        versions.check()
    assert f"{versions.FRAMEWORK}{versions.TESTED}" in str(raised.value)
    assert "99.0 is installed" in str(raised.value)


def test_what_is_installed_with_us_is_what_was_tested() -> None:
    wanted = [Requirement(text) for text in requires("chimeric-langchain") or ()]
    (framework,) = [r for r in wanted if r.name == versions.FRAMEWORK]
    assert framework.specifier == versions.TESTED
