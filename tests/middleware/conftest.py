"""Plugins that are installed for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Install a middleware plugin: its name, and the source of its module."""

    def write(name: str, source: str) -> None:
        (tmp_path / f"installed_{name}.py").write_text(source)
        info = tmp_path / f"chimeric_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: chimeric-{name}\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(
            f"[chimeric.middleware]\n{name} = installed_{name}\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))

    return write
