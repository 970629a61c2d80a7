"""``chimeric sim``: the simulator as a server."""

from __future__ import annotations

import click

from .simulated import simulator_module

__all__ = ["command"]


@click.command(
    name="sim",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Run the simulator as a server; `chimeric sim --help` lists its options."""
    try:
        return int(simulator_module("chimeric_sim.__main__").main(list(arguments)))
    except SystemExit as stop:  # its own parser has said what is wrong
        return stop.code if isinstance(stop.code, int) else 0
