"""``chimeric demo``: every installed provider, simulated."""

from __future__ import annotations

import click

from .simulated import simulator_module

__all__ = ["command"]


@click.command(name="demo")
def command() -> int:
    """Stream from every installed provider's protocol; needs no key and no network."""
    return int(simulator_module("chimeric_sim.demo").main())
