"""Models of all providers of Chimeric for the command ``llm``.

Example:
    .. code-block:: console

        $ llm chimeric refresh
        $ llm -m sim:story 'Tell me about tides'
"""

from __future__ import annotations

from typing import Any

import click
import llm

from . import versions

__all__ = ["register_commands", "register_models"]

# Each command of llm loads its plugins, so what costs time is imported where it is needed. A
# version that was not tested is told and left out: an error here would end every command.


@llm.hookimpl
def register_models(register: Any) -> None:
    """Register the models that ``llm chimeric refresh`` and ``add`` noted."""
    if (wrong := versions.problem()) is not None:
        click.echo(wrong, err=True)
        return
    from .models import AsyncChimericModel, ChimericModel
    from .noted import noted_models

    for noted in noted_models():
        register(ChimericModel(noted), AsyncChimericModel(noted), aliases=noted.aliases)


@llm.hookimpl
def register_commands(cli: click.Group) -> None:
    """Add ``llm chimeric``."""
    if versions.problem() is None:
        from .commands import chimeric

        cli.add_command(chimeric)
