"""What a frame says, in the order in which it says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chimeric import Citation, Delta, TokenLogprob

from .values import items

__all__ = ["Said"]


class Said:
    """Collects the deltas of a frame: one for each run of one kind."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: list[dict[str, Any]] = []

    def say(self, words: str, block: int, *, thought: bool) -> None:
        """Text or reasoning of a block."""
        kind = "reasoning" if thought else "text"
        if self._all and kind in (last := self._all[-1]) and last["block"] == block:
            last[kind].append(words)
        else:
            self._all.append({kind: [words], "block": block})

    def add(self, kind: str, found: Iterable[Any]) -> None:
        """Tool calls, server tools or files: the field of a delta, and what belongs into it."""
        if not (items := list(found)):
            return
        if self._all and kind in (last := self._all[-1]):
            last[kind] += items
        else:
            self._all.append({kind: items})

    def cite(self, citation: Citation, block: int | None) -> None:
        """A citation of a block; of the last one of text where it has no number."""
        last = self._all[-1] if self._all else {}
        if last and "reasoning" not in last and last.get("block") == block:
            last.setdefault("citations", []).append(citation)
        else:
            self._all.append({"citations": [citation], "block": block})

    def weigh(self, logprobs: tuple[TokenLogprob, ...]) -> None:
        """How probable the tokens of the frame's text were."""
        if not logprobs:
            return
        spoken = [delta for delta in self._all if "text" in delta]
        if spoken:
            spoken[-1]["logprobs"] = logprobs
        else:
            self._all.append({"logprobs": logprobs})

    def deltas(self, **frame: Any) -> list[Delta]:
        """All of it; the last delta has what belongs to the whole frame too."""
        made = [_fields(delta) for delta in self._all] or [{}]
        made[-1].update(frame)
        return [Delta(**fields) for fields in made]


def _fields(delta: dict[str, Any]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for name, value in delta.items():
        if name in ("text", "reasoning"):
            joined[name] = "".join(value)
        else:
            joined[name] = tuple(items(value)) if isinstance(value, list) else value
    return joined
