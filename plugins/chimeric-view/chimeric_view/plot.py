"""The time lines of streams as a picture: an SVG that we write ourselves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from .page import data_of
from .recordings import Recording, read_all

__all__ = ["plot", "plot_of"]

WIDTH, EDGE, LANE, BASE, AXIS = 960, 16, 70, 56, 26
CONTENT = 3
"""Kinds below it bring content: text, reasoning, tools."""

STYLE = """
svg{background:#fff;color:#1b1f1e}text{font:12px system-ui,sans-serif;fill:#5f6865}
.name{font-weight:600;fill:#1b1f1e}.line{fill:#e2e5e3}.wait{fill:#f4f5f4}
.accent{fill:#0f766e}.half{fill:#8bb9b5}.ink{fill:#1b1f1e}.soft{fill:#a9b1ae}.fail{fill:#b42318}
@media(prefers-color-scheme:dark){svg{background:#191d1c}text{fill:#98a5a0}
.name,.ink{fill:#e3e8e6}.line{fill:#2c3331}.wait{fill:#232927}.accent{fill:#2dd4bf}
.half{fill:#25786f}.soft{fill:#5f6b67}.fail{fill:#ff8f80}}
"""
CLASSES = ("accent", "half", "ink", "ink", "soft", "soft")


def plot(recordings: Iterable[str | Path]) -> str:
    """A picture of recordings of chimeric-record: when something came, and when nothing did.

    Args:
        recordings: files, each of one exchange; 26 at most. Each is a line, from the moment when
            its request was sent. Nothing that was said is in the picture.

    Returns:
        an SVG that fits a light and a dark page.

    Raises:
        ConfigurationError: for what is no recording, or of a later version.
        OSError: for a file that cannot be read.

    Example:
        .. code-block:: python

            Path("slow.svg").write_text(plot(["recordings/slow.json"]), encoding="utf-8")
    """
    return plot_of(read_all(recordings))


def plot_of(recordings: Sequence[Recording]) -> str:
    """The picture of recordings that were read."""
    streams = data_of(recordings, content=False)["streams"]
    until = max(0.001, *(_until(stream) for stream in streams))
    scale = (WIDTH - 2 * EDGE) / until
    height = LANE * len(streams) + AXIS
    drawn = [
        f'<g transform="translate(0 {LANE * place})">{"".join(_lane(stream, scale))}</g>'
        for place, stream in enumerate(streams)
    ]
    axis = f'<g transform="translate(0 {LANE * len(streams)})">{"".join(_axis(until, scale))}</g>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img"><title>Time lines of streams</title>'
        f"<style>{STYLE}</style>{''.join(drawn)}{axis}</svg>\n"
    )


def _lane(stream: dict[str, Any], scale: float) -> Iterator[str]:
    times = [micro / 1e6 for micro in stream["rows"]["at"]]
    until = _until(stream)
    name = ":".join(filter(None, (stream["provider"], stream["model"]))) or "unknown provider"
    facts = f"{len(times):,} events in {seconds(until)}"
    kinds = stream["rows"]["kind"]
    first = next((at for at, kind in zip(times, kinds, strict=True) if kind < CONTENT), None)
    if first is not None:
        facts = f"first content {seconds(first)}, {facts}"
    end = stream["end"]
    failed = end["how"] != "complete" or stream["status"] >= 400
    if failed:
        facts += f" \N{EM DASH} {end['why']}"
    yield f'<text x="{EDGE}" y="18"><tspan class="name">{escape(name)}</tspan>'
    yield f'<tspan dx="10">{escape(facts)}</tspan></text>'
    yield _box(0, until, scale, "line", BASE, 1)
    yield from _pauses(stream["headersAt"], times, until, scale)
    yield from _ticks(times, kinds, stream["rows"]["bytes"], scale)
    if first is not None:
        x = EDGE + first * scale
        yield f'<path class="accent" d="M{x:.1f} {BASE + 1}l-4.5 7h9z"/>'
    x = EDGE + until * scale
    shape = f'<rect class="{"fail" if failed else "ink"}" x="{x - 1:.1f}" width="2" '
    yield f'{shape}y="{BASE - 28}" height="28"/>'


def _pauses(headers_at: float, times: list[float], until: float, scale: float) -> Iterator[str]:
    """Where nothing came for a while: the ten longest, as far as they can be seen."""
    moments = [0.0, headers_at, *times, until]
    spans = sorted(pairwise(moments), key=lambda s: s[0] - s[1])[:10]
    for begin, end in spans:
        if (end - begin) * scale < 14:
            continue
        yield _box(begin, end, scale, "wait", BASE - 26, 26)
        if (end - begin) * scale > 52:
            x = EDGE + (begin + end) / 2 * scale
            text = seconds(end - begin)
            yield f'<text x="{x:.1f}" y="{BASE - 9}" text-anchor="middle">{text}</text>'


def _ticks(times: list[float], kinds: list[int], sizes: list[int], scale: float) -> Iterator[str]:
    """A stroke for each pixel on which something came, as high as the largest event there."""
    columns: dict[int, tuple[int, float]] = {}
    for at, kind, size in zip(times, kinds, sizes, strict=True):
        column = round(EDGE + at * scale)
        height = min(26.0, 8 + 2.4 * math.log2(1 + size / 32)) if kind < CONTENT else 6.0
        known = columns.get(column, (9, 0.0))
        columns[column] = (min(known[0], kind), max(known[1], height))
    for column, (kind, height) in columns.items():
        place = f'x="{column}" y="{BASE - height:.1f}" width="1.5" height="{height:.1f}"'
        yield f'<rect class="{CLASSES[kind]}" {place}/>'


def _axis(until: float, scale: float) -> Iterator[str]:
    rough = until / 9
    power = 10 ** math.floor(math.log10(rough))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= rough)
    for number in range(int(until / step + 1e-9) + 1):
        x = EDGE + number * step * scale
        anchor = "start" if number == 0 else "end" if x > WIDTH - 40 else "middle"
        yield f'<rect class="soft" x="{x:.1f}" width="1" height="4"/>'
        yield f'<text x="{x:.1f}" y="18" text-anchor="{anchor}">{seconds(number * step)}</text>'


def _box(begin: float, end: float, scale: float, kind: str, y: float, height: float) -> str:
    x, width = EDGE + begin * scale, (end - begin) * scale
    return f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}"/>'


def _until(stream: dict[str, Any]) -> float:
    at: list[int] = stream["rows"]["at"]
    last = at[-1] / 1e6 if at else 0.0
    return max(float(stream["end"]["at"]), float(stream["headersAt"]), last)


def seconds(value: float) -> str:
    """A time with the unit that fits it."""
    if value == 0:
        return "0"
    if value < 0.001:
        return f"{value * 1e6:.0f} µs"
    if value < 1:
        return f"{value * 1e3:.{2 if value < 0.01 else 1 if value < 0.1 else 0}f} ms"
    return f"{value:.{2 if value < 10 else 1}f} s"
