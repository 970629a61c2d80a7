"""``chimeric models``: what can be asked."""

from __future__ import annotations

import sys
from typing import Any

import click

__all__ = ["command"]


@click.command(name="models")
@click.argument("provider", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write one model per line, as JSON.")
def command(provider: str | None, as_json: bool) -> int:
    """List the models of PROVIDER, or of every provider that is set up.

    Each line can be given to -m as it stands.
    """
    from chimeric import Chimeric, ChimericError

    from .installed import configured_providers
    from .output import write_json
    from .terminal import report, visible, write

    names = [provider] if provider else configured_providers()
    if not names:
        report("no provider is set up; see `chimeric doctor`", "error")
        return 1
    found: list[Any] = []
    with Chimeric(timeout=20, max_retries=0) as client:
        for name in names:
            try:
                found += client.list_models(name)
            except ChimericError as error:
                if provider:
                    raise
                report(f"{name}: {error.message}", "warning")
    if as_json:
        for model in found:
            write_json(model)
    elif sys.stdout.isatty():
        _show(found)
    else:
        write("".join(f"{visible(model.provider)}:{visible(model.id)}\n" for model in found))
    return 0 if found else 1


def _show(models: list[Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    from .terminal import show, visible

    table = Table(box=None, pad_edge=False)
    table.add_column("model", overflow="fold", ratio=1)
    table.add_column("context", justify="right", no_wrap=True)
    for model in models:
        context = f"{model.context_window:,}" if model.context_window else ""
        name = Text(visible(model.provider) + ":", "dim").append(visible(model.id), "not dim")
        table.add_row(name, context)
    show(table)
