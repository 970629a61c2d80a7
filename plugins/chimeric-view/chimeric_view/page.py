"""The page: one file of HTML that loads nothing, made of the files beside this module."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from .recordings import Recording, read_all
from .stream import KINDS, Setups, told

__all__ = ["data_of", "page", "page_of"]

SCRIPTS = ("model", "text", "timeline", "rows", "detail", "facts", "player", "main")
"""Modules of the page's script, in the order of their use."""

PLAIN = 512 * 1024
"""Bytes of data that stand in the page as they are, for people to look at; more is packed."""


def page(recordings: Iterable[str | Path], *, content: bool = False) -> str:
    """One self-contained HTML page that shows recordings of chimeric-record.

    Args:
        recordings: files, each of one exchange; 26 at most. They stand side by side.
        content: whether what was said is on the page. Without it, texts are replaced by as many
            letters ``x``, in chunks, structs and bytes alike, and so is whatever could tell
            something: ids, addresses, names of tools and files, names and numbers that are not
            the protocol's. Keys never are on it.

    Returns:
        HTML that asks nobody for anything.

    Raises:
        ConfigurationError: for what is no recording, or of a later version.
        OSError: for a file that cannot be read.

    Example:
        .. code-block:: python

            Path("slow.html").write_text(page(["recordings/slow.json"]), encoding="utf-8")
    """
    return page_of(read_all(recordings), content=content)


def page_of(recordings: Sequence[Recording], *, content: bool) -> str:
    """The page of recordings that were read."""
    data = msgspec.json.encode(data_of(recordings, content=content))
    # No tag can end it, and no browser takes it for a line's end.
    data = data.replace(b"<", b"\\u003c").replace("\u2028".encode(), b"\\u2028")
    data = data.replace("\u2029".encode(), b"\\u2029")
    packed = len(data) > PLAIN
    if packed:
        data = base64.b64encode(gzip.compress(data, 6, mtime=0))
    script = "".join(_file(f"{name}.js") for name in SCRIPTS)
    script = f'"use strict";\n(() => {{\n{script}}})();\n'
    style = _file("page.css")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    page = _file("page.html")
    for mark, text in {
        "{{policy}}": policy,
        "{{style}}": style,
        "{{script}}": script,
        "{{packing}}": "gzip" if packed else "none",
        "{{data}}": data.decode(),  # last: what is said in it is no mark
    }.items():
        page = page.replace(mark, text, 1)
    return page


def data_of(recordings: Sequence[Recording], *, content: bool) -> dict[str, Any]:
    """What the page is told."""
    setups = Setups()
    streams = [told(recording, setups, content=content) for recording in recordings]
    calls = [r.exchange.asked.call if r.exchange.asked else "" for r in recordings]
    for place, call in enumerate(calls):
        if call and (first := calls.index(call)) < place:
            streams[place]["sameCall"] = first
    return {"content": content, "kinds": KINDS, "streams": streams}


def _file(name: str) -> str:
    return (files(__package__ or "chimeric_view") / "web" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"
