"""The fixture ``chimeric_record``. It is loaded by every pytest run: it imports nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from . import Mode, Record

__all__ = ["chimeric_record", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--chimeric-record``."""
    parser.getgroup("chimeric").addoption(
        "--chimeric-record",
        choices=("record", "replay", "refuse"),
        default="refuse" if os.environ.get("CI") else "replay",
        help="record anew, replay and record what is missing (the default), or refuse what is "
        "missing (the default under CI)",
    )


@pytest.fixture
def chimeric_record(request: pytest.FixtureRequest) -> Record:
    """A ``Record`` in a directory of its own: ``recordings/<module>/<test>`` by the module."""
    from . import Record

    module = Path(str(request.path))
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in request.node.name)
    directory = module.parent / "recordings" / module.stem / name
    mode: Mode = request.config.getoption("--chimeric-record") or "replay"
    return Record(directory, mode)
