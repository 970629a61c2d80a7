"""Cache points of one request, of which the Messages API takes four.

Source: the Messages API's reference, ``cache_control``; 400 "A maximum of 4 blocks with
cache_control may be provided".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

__all__ = ["limit_cache_points"]

MOST: Final = 4


def limit_cache_points(body: dict[str, Any], dropped: list[str]) -> None:
    """Leave out the first points where there are too many: a later one holds what they held."""
    room = MOST - ("cache_control" in body)
    marked = [(blocks, place) for blocks, place in _marked(body)]
    for blocks, place in marked[: max(0, len(marked) - room)]:
        blocks[place] = {n: v for n, v in blocks[place].items() if n != "cache_control"}
    if len(marked) > room:
        dropped.append(
            f"cache_control: {MOST} points are taken in a request; of {len(marked)} the last stay"
        )


def _marked(body: dict[str, Any]) -> Iterator[tuple[list[Any], int]]:
    """The places of all points, in the order of the prompt."""
    lists = [body.get("tools"), body.get("system")]
    lists += [message["content"] for message in body["messages"]]
    for blocks in lists:
        if not isinstance(blocks, list):
            continue
        for place, block in enumerate(cast("list[dict[str, Any]]", blocks)):
            if "cache_control" in block:
                yield blocks, place
