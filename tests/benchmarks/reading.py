"""Sentences about a run, every number of which is taken from it."""

from __future__ import annotations

from collections.abc import Iterator

from .starting import FLOOR

__all__ = ["Medians", "opening", "reading"]

Medians = dict[str, dict[str, float]]

BUDGETS = (
    ("decode-chat", "chimeric", "httpx", 1.25, "decode path, OpenAI chat event"),
    ("decode-gemini", "chimeric", "httpx", 2.0, "decode path, Gemini event"),
    ("decode-responses", "chimeric", "httpx", 2.0, "decode path, OpenAI responses event"),
    ("decode-tools", "chimeric", None, 3.0, "decode path, a piece of a tool's arguments"),
    ("burst-sync", "chimeric", "httpx", 1.4, "HTTP in burst, sync"),
    ("burst-async", "chimeric", "httpx", 1.4, "HTTP in burst, async"),
    ("one-sync", "chimeric", "httpx", 1.15, "HTTP, one event a write, sync"),
    ("one-async", "chimeric", "httpx", 1.1, "HTTP, one event a write, async"),
    ("short-sync", "chimeric small", "httpx", 1.2, "a request with 20 chunks, sync"),
    ("short-async", "chimeric small", "httpx", 1.2, "a request with 20 chunks, async"),
    ("short-sync", "chimeric", "httpx", 1.2, "the same with every plugin installed, sync"),
    ("short-async", "chimeric", "httpx", 1.2, "the same with every plugin installed, async"),
    ("crowd-200", "chimeric", "httpx", 1.05, "200 concurrent streams"),
    ("crowd-200", "chimeric (aiohttp)", "aiohttp", 1.2, "200 concurrent streams over aiohttp"),
    ("start", "chimeric", FLOOR, 1.0, "import and first client"),
    ("start", "chimeric, ready to send", FLOOR, 1.2, "the same with all that a request needs"),
)
OWN = ("chimeric (", "chimeric,", "chimeric small")
FLOORS = {"socket", "httpx-reading", "httpx", "aiohttp", FLOOR}


def opening(medians: Medians) -> Iterator[str]:
    """The three sentences that the page begins with: cost, start, and where others are ahead."""
    crowd = medians.get("crowd-200", {})
    if {"chimeric", "httpx", "openai", "litellm"} <= crowd.keys():
        ours = crowd["chimeric"]
        yield (
            f"200 concurrent streams take {ours / crowd['httpx']:.2f} times the CPU of httpx with "
            f"a decoder written by hand; the openai SDK takes {crowd['openai'] / ours:.1f} times "
            f"ours, litellm {crowd['litellm'] / ours:.0f} times."
        )
    start = medians.get("start", {})
    peers = {k: v for k, v in start.items() if k not in FLOORS and not k.startswith("chimeric")}
    if "chimeric" in start and peers:
        best, worst = min(peers, key=lambda k: peers[k]), max(peers, key=lambda k: peers[k])
        yield (
            f"Import and first client take {start['chimeric']:.3f} s of CPU; other libraries take "
            f"{peers[best] / start['chimeric']:.1f} times ({best}) to "
            f"{peers[worst] / start['chimeric']:.0f} times ({worst}) as much."
        )
    behind = []
    for line in _leads(medians):
        if "**behind**" in line:
            title, _, told = line.partition(":")
            peer = told.partition("(")[2].partition(")")[0]
            behind.append(f"{title[0].lower()}{title[1:]} ({peer})")
    yield (
        f"Other libraries do better on {' and '.join(behind)}."
        if behind
        else ("No other library does better in the tables that are compared.")
    )


def reading(medians: Medians) -> Iterator[str]:
    """What the figures say: budgets, leads, losses, limits."""
    yield from _budgets(medians)
    yield from _crowds(medians)
    yield from _open_streams(medians)
    yield from _growth(medians)
    yield from _middleware(medians)
    yield from _leads(medians)
    yield from _limits(medians)


def _budgets(medians: Medians) -> Iterator[str]:
    for key, subject, floor, budget, title in BUDGETS:
        cells = medians.get(key, {})
        if subject not in cells or (floor and floor not in cells):
            continue
        value = cells[subject] / (cells[floor] if floor else 1)
        unit = f" times the floor ({floor})" if floor else " us"
        verdict = "within" if value <= budget else "**over**"
        yield f"{title}: {value:.2f}{unit}, {verdict} the budget of {budget:g}."


def _crowds(medians: Medians) -> Iterator[str]:
    cells = medians.get("crowd-1000", {})
    if "openai" not in cells:
        return
    for subject, wanted in (("chimeric", 4), ("chimeric (aiohttp)", 8)):
        if subject in cells:
            times = cells["openai"] / cells[subject]
            yield (
                f"1,000 concurrent streams: {subject} takes {times:.1f} times less CPU than the "
                f"openai SDK (wanted: {wanted})."
            )


def _open_streams(medians: Medians) -> Iterator[str]:
    cells = medians.get("open-stream", {})
    if not {"chimeric", "openai", "httpx"} <= cells.keys():
        return
    ours, sdk = cells["chimeric"], cells["openai"]
    yield (
        f"Memory of one of 1,000 open streams: {ours:.0f} KB, the openai SDK {sdk:.0f} KB, the "
        f"floor on httpx {cells['httpx']:.0f} KB: {ours / sdk:.2f} of the SDK's (wanted: 0.5)."
    )
    if "chimeric (aiohttp)" in cells and "aiohttp" in cells:
        light = cells["chimeric (aiohttp)"]
        yield (
            f"The same over aiohttp: {light:.0f} KB, its floor {cells['aiohttp']:.0f} KB: "
            f"{light / sdk:.2f} of the SDK's."
        )


def _growth(medians: Medians) -> Iterator[str]:
    small, large = medians.get("growth-1000", {}), medians.get("growth-50000", {})
    if "chimeric" in small and "chimeric" in large:
        ratio = 50 * large["chimeric"] / small["chimeric"]
        yield f"A stream of 50,000 chunks costs {ratio:.1f} times one of 1,000: linear, and less."


def _middleware(medians: Medians) -> Iterator[str]:
    none, five = medians.get("middleware-0", {}), medians.get("middleware-5", {})
    one = medians.get("middleware-1", {})
    if "chimeric" in none and "chimeric" in one and "chimeric" in five:
        first = one["chimeric"] - none["chimeric"]
        more = (five["chimeric"] - one["chimeric"]) / 4
        yield f"The first middleware adds {first:.2f} us an event, each further one {more:.2f} us."


def _leads(medians: Medians) -> Iterator[str]:
    for key, title in (
        ("start", "Import and first client"),
        ("offline", "Whole client without sockets"),
        ("burst-async", "Burst, async"),
        ("one-async", "One event a write, async"),
        ("first", "Time to the first text"),
        ("crowd-200", "200 concurrent streams"),
        ("memory-kept", "Memory of kept chunks"),
        ("memory-dropped", "Memory of dropped chunks"),
    ):
        cells = {k: v for k, v in medians.get(key, {}).items() if k not in FLOORS}
        ours = cells.get("chimeric")
        peers = {k: v for k, v in cells.items() if not k.startswith(OWN) and v > 0}
        peers.pop("chimeric", None)
        if not ours or not peers:
            continue
        best, worst = min(peers, key=lambda k: peers[k]), max(peers, key=lambda k: peers[k])
        ahead = "ahead of" if peers[best] >= ours else "**behind**"
        yield (
            f"{title}: {ahead} the best other library ({best}: {peers[best] / ours:.2f} times "
            f"ours{_otherwise(cells, peers[best], ours)}); the slowest ({worst}) takes "
            f"{peers[worst] / ours:.0f} times ours."
        )


def _otherwise(cells: dict[str, float], best: float, ours: float) -> str:
    """What ours takes used or installed otherwise, where that is ahead and the usual is not."""
    ways = {
        "chimeric, keep_raw=False": "with keep_raw=False",
        "chimeric small": "with core + openai alone",
    }
    told = [
        f"; ours {way} {cells[name] / ours:.2f} times"
        for name, way in ways.items()
        if name in cells and cells[name] < best < ours
    ]
    return "".join(told)


def _limits(medians: Medians) -> Iterator[str]:
    for key, kind in (("one-sync", "sync"), ("one-async", "async")):
        cells = medians.get(key, {})
        if not {"chimeric", "httpx-reading", "socket"} <= cells.keys():
            continue
        share = cells["httpx-reading"] / cells["chimeric"]
        yield (
            f"The limit, one event a write, {kind}: {share:.0%} of our time is httpx reading bytes "
            f"that nobody decodes; a raw socket with decoding takes {cells['socket']:.1f} us, we "
            f"{cells['chimeric']:.1f} us."
        )
