"""``chimeric serve``: the gateway."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

__all__ = ["command"]


@click.command(
    name="serve",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Run the gateway; `chimeric serve --help` lists its options."""
    try:
        import_module("chimeric_gateway")
    except ModuleNotFoundError as error:
        if error.name != "chimeric_gateway":
            raise
        text = "serving needs the gateway: pip install chimeric-gateway"
        raise click.ClickException(text) from error
    gateway: Any = import_module("chimeric_gateway.serve.command")
    try:
        return int(gateway.main(list(arguments)))
    except SystemExit as stop:  # its own parser, or the server, has said what is wrong
        return stop.code if isinstance(stop.code, int) else 0
