"""``chimeric plugins``: what is installed, and what is wrong with it."""

from __future__ import annotations

import click

from chimeric import PluginInfo

__all__ = ["command"]

STYLES = {"active": "green", "found": "green", "disabled": "yellow", "broken": "red"}


@click.command(name="plugins")
@click.option("--json", "as_json", is_flag=True, help="Write a JSON list.")
@click.option("--hooks", is_flag=True, help="Tell which hooks each plugin implements.")
@click.option("--order", is_flag=True, help="Tell in which order hooks are called, and no more.")
def command(as_json: bool, hooks: bool, order: bool) -> None:
    """List installed plugins; broken ones with the reason and what to do."""
    import msgspec

    from chimeric import plugins

    from .terminal import visible, visible_json, write

    infos = plugins()
    if order:
        write(visible(_order()))
    elif as_json:
        write(visible_json(msgspec.json.format(msgspec.json.encode(infos)).decode()) + "\n")
    elif not infos:
        write("no plugin is installed; try: pip install chimeric-sim\n")
    else:
        _show(infos, hooks)


def _order() -> str:
    import warnings

    from chimeric import Chimeric

    from .hook_order import explain

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the list tells what is broken
        with Chimeric() as client:
            return explain(client) + "\n"


def _show(infos: list[PluginInfo], hooks: bool) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from .terminal import console, show, visible

    titles = ["plugin", "state", "version", "kind", "distribution"]
    if console().width < 80:
        titles.pop()
    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    for info in infos:
        cells = [
            Text(visible(info.name), "bold"),
            Text(info.state, STYLES[info.state]),
            Text(visible(info.version or "-")),
            Text(info.kind),
            Text(visible(info.distribution or "-")),
        ]
        table.add_row(*cells[: len(titles)])
    show(table)
    for info in infos:
        if hooks and info.hooks:
            lines = Padding(Text(visible("\n".join(info.hooks))), (0, 0, 0, 2))
            show("", Text(visible(info.name), "bold"), lines)
        if info.error:
            show("", Text(visible(info.error), "red"))
