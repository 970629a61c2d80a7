"""What is used when nothing is said: the model, the user's data directory."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points
from pathlib import Path

import click

__all__ = ["data_directory", "default_model", "model_option"]


def default_model() -> str:
    """``CHIMERIC_MODEL``, else the simulator where it is installed.

    Raises:
        click.UsageError: when there is neither; it says what to do.
    """
    model = os.environ.get("CHIMERIC_MODEL", "").strip()
    if model:
        return model
    if any(entry.name == "sim" for entry in entry_points(group="chimeric")):
        return "sim:story"
    raise click.UsageError(
        "no model: pass -m MODEL or set CHIMERIC_MODEL; or pip install chimeric-sim to try "
        "without a key"
    )


def data_directory() -> Path:
    """Where this user's history is kept."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "chimeric"


def complete_model(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For the shell: the prefixes of the installed providers."""
    names = sorted({entry.name for entry in entry_points(group="chimeric")})
    return [f"{name}:" for name in names if name.startswith(incomplete)]


model_option = click.option(
    "-m", "--model", metavar="MODEL", shell_complete=complete_model,
    help="PROVIDER:MODEL, or a well-known model's name. Default: CHIMERIC_MODEL, or sim:story.",
)  # fmt: skip
