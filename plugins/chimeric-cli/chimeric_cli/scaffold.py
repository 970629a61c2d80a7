"""``chimeric new-plugin``: the beginning of a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

__all__ = ["command"]


@click.command(name="new-plugin")
@click.argument("name")
@click.option("--kind", type=click.Choice(["provider", "middleware"]), default="provider",
              show_default=True, help="What the plugin is.")  # fmt: skip
@click.option("--directory", type=click.Path(file_okay=False, path_type=Path), default=Path(),
              help="Where to make its folder. Default: here.")  # fmt: skip
def command(name: str, kind: Literal["provider", "middleware"], directory: Path) -> None:
    """Make a plugin that builds, installs and passes its tests; then fill it in."""
    from .new_plugin import generate
    from .terminal import write

    try:
        made = generate(name, kind, directory)
    except (ValueError, FileExistsError) as error:
        raise click.UsageError(str(error)) from error
    write(f"{made}\n")
