"""``chimeric view``: recordings on a page, or as a picture."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from pathlib import Path
from typing import Any

import click
import msgspec

__all__ = ["command"]

PIXELS = {".gif", ".jpeg", ".jpg", ".pdf", ".png", ".webp"}
"""Kinds of pictures that ``--plot`` does not write."""


@click.command(name="view")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--live", is_flag=True, help="Make a call now: FILE is the prompt.")
@click.option("-m", "--model", metavar="MODEL", help="With --live: the model to ask.")
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE",
              help="With --live: any argument of generate (repeatable).")  # fmt: skip
@click.option("-o", "--output", metavar="PATH",
              help="Where the page or picture is written; '-' is the standard output.")  # fmt: skip
@click.option("--plot", is_flag=True, help="Draw a picture (SVG) instead of a page.")
@click.option("--content", is_flag=True,
              help="Show what was said. Without it, texts are hidden.")  # fmt: skip
@click.option("--open/--no-open", "opens", default=True,
              help="Whether the page is opened in the browser.")  # fmt: skip
def command(
    files: tuple[str, ...],
    live: bool,
    model: str | None,
    params: tuple[str, ...],
    output: str | None,
    plot: bool,
    content: bool,
    opens: bool,
) -> int:
    """Show recorded streams, event by event, on one offline page.

    FILE is a recording of chimeric-record; several are shown side by side. Texts, ids and
    addresses are hidden unless --content is given, so that the page can be sent with a bug report.

    \b
      chimeric view recordings/slow.json
      chimeric view recordings/slow.json recordings/quick.json -o both.html
      chimeric view --live -m sim:story "Tell me a story"
    """
    if plot and output:
        _check_picture(Path(output))
    if live:
        return _live(files, model, params, output, plot=plot, content=content, opens=opens)
    if model or params:
        raise click.UsageError("-m and -p belong to --live")
    if not files:
        raise click.UsageError("name a recording, or make a call with --live")
    beside = Path(files[0])
    return _show(files, output, beside=beside, plot=plot, content=content, opens=opens)


def _check_picture(path: Path) -> None:
    """Refuse names of other kinds of pictures, which programs would not read."""
    if (kind := path.suffix.lower()) in PIXELS:
        drawn = path.with_suffix(".svg")
        raise click.UsageError(
            f"--plot writes SVG, not {kind[1:].upper()}: use -o {drawn}. To convert it, open it in "
            f"a browser, or run: rsvg-convert {drawn} -o {path.with_suffix('.png')}"
        )


def _live(
    words: tuple[str, ...],
    model: str | None,
    params: tuple[str, ...],
    output: str | None,
    **how: bool,
) -> int:
    model = model or os.environ.get("CHIMERIC_MODEL")
    if not words:
        raise click.UsageError("--live needs a prompt")
    if not model:
        raise click.UsageError("--live needs a model: -m PROVIDER:MODEL, or CHIMERIC_MODEL")
    from .live import record

    with tempfile.TemporaryDirectory(prefix="chimeric-view-") as folder:
        files, failed = record(Path(folder), model, " ".join(words), _params(params))
        if failed is not None:
            if not files:
                raise failed
            click.echo(f"warning: the call failed: {failed}", err=True)
        if not files:
            raise click.ClickException("nothing was sent, so there is nothing to show")
        return _show(tuple(map(str, files)), output, beside=None, **how)


def _show(
    files: tuple[str, ...],
    output: str | None,
    *,
    beside: Path | None,
    plot: bool,
    content: bool,
    opens: bool,
) -> int:
    from .page import page_of
    from .plot import plot_of
    from .recordings import read_all

    recordings = read_all(files)
    text = plot_of(recordings) if plot else page_of(recordings, content=content)
    if output == "-":
        click.echo(text)
        return 0
    suffix = ".svg" if plot else ".html"
    if output:
        path = Path(output)
        _write(path, text, files, private=content)
    else:
        path = _place(beside and beside.with_suffix(suffix), suffix, text, files, content)
    if beside and len(files) > 1:
        for letter, name in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", files, strict=False):
            click.echo(f"{letter}  {name}", err=True)
    click.echo(path)
    if opens and not plot:
        _open(path)
    return 0


def _place(
    path: Path | None, suffix: str, text: str, files: tuple[str, ...], private: bool
) -> Path:
    """Write beside the first recording; to a file that stays, where that may not be."""
    if path is not None:
        try:
            _write(path, text, files, private=private)
        except OSError:
            pass
        else:
            return path
    with tempfile.NamedTemporaryFile(
        "w", prefix="chimeric-", suffix=suffix, delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
        return Path(file.name)


def _write(path: Path, text: str, files: tuple[str, ...], *, private: bool) -> None:
    if any(path.exists() and path.samefile(name) for name in files):
        raise click.ClickException(f"{path} is the recording, and would be lost; name another file")
    if private and path.is_file():
        path.unlink()  # who may read it is said when a file is made
    # What was said is for the owner of the recording, until it is given to others.
    with open(path, "w", encoding="utf-8", opener=_private if private else None) as file:
        file.write(text)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _open(path: Path) -> None:
    """Open the page where there is a browser with a window."""
    try:
        browser: Any = webbrowser.get()
    except webbrowser.Error:
        return
    if getattr(browser, "name", "") not in ("www-browser", "lynx", "links", "elinks", "w3m"):
        browser.open(path.absolute().as_uri())


def _params(pairs: tuple[str, ...]) -> dict[str, Any]:
    """``NAME=VALUE`` pairs; a value that is JSON is read as JSON, any other is text."""
    params: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise click.UsageError(f"-p takes NAME=VALUE, not {pair!r}")
        try:
            params[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            params[name] = value
    return params
