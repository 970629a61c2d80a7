"""``chimeric models``: what can be asked."""

from __future__ import annotations

import sys
from typing import Any

import click

from .defaults import complete, set_default_model

__all__ = ["command"]


@click.command(name="models")
@click.argument("provider", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write one model per line, as JSON.")
@click.option("--default", "new_default", metavar="MODEL", shell_complete=complete,
              help="Use MODEL from now on where no -m is given.")  # fmt: skip
def command(provider: str | None, as_json: bool, new_default: str | None) -> int:
    """List the models of PROVIDER, or of every provider that is set up.

    Each line can be given to -m as it stands. Servers on this machine are asked too, and left out
    where they do not run.
    """
    if new_default is not None:
        return _set_default(new_default)
    from chimeric import Chimeric, ChimericError

    from .installed import Installation, is_local, was_set_up
    from .model_names import keep_models
    from .output import write_json
    from .terminal import report, visible, write

    setups = [] if provider else Installation().providers
    chosen = {setup.name for setup in setups if was_set_up(setup)}
    names = [provider] if provider else [s.name for s in setups if s.name in chosen or is_local(s)]
    found: list[Any] = []
    with Chimeric(timeout=20, max_retries=0) as client:
        for name in names:
            try:
                listed = client.list_models(name)
            except ChimericError as error:
                if provider:
                    raise
                if name in chosen:  # what nobody has set up need not answer
                    report(f"{name}: {error.message}", "warning")
                continue
            found += listed
            keep_models(name, (model.id for model in listed))
    if as_json:
        for model in found:
            write_json(model)
    elif sys.stdout.isatty():
        _show(found)
    else:
        write("".join(f"{visible(model.provider)}:{visible(model.id)}\n" for model in found))
    if not found and not chosen:
        report("no provider is set up; see `chimeric doctor`", "error")
    return 0 if found else 1


def _set_default(model: str) -> int:
    import os

    from .terminal import report

    path = set_default_model(model)
    report(f"the default model is {model} ({path})", "note")
    if os.environ.get("CHIMERIC_MODEL"):
        report("CHIMERIC_MODEL is set, and comes before it", "warning")
    return 0


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
