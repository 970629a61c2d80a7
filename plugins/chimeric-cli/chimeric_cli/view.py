"""``chimeric view``: the viewer for streams, which is a distribution of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

__all__ = ["command"]


@click.command(
    name="view",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Show recorded streams; needs chimeric-view."""
    raise click.ClickException("viewing streams needs the viewer: pip install chimeric-view")


if not TYPE_CHECKING:
    try:
        from chimeric_view.command import command
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("chimeric_view"):
            raise
