"""The simulator, which is a distribution of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

__all__ = ["simulator_module"]


def simulator_module(name: str) -> Any:
    """Import a module of the simulator.

    Raises:
        click.ClickException: when it is not installed; it says what to do.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("chimeric_sim"):
            raise
        raise click.ClickException("this needs the simulator: pip install chimeric-sim") from error
