"""Calls and results of Anthropic's own tools in a conversation: one is refused without the other.

Sources: the API's errors (``... tool use with id ... was found without a corresponding ...
block``), and recorded answers: beside calls of the caller's tools the result may come at the
beginning of the next answer, and after ``pause_turn`` the call ends the conversation.
"""

from __future__ import annotations

from typing import Any

__all__ = ["paired"]


def paired(turns: list[dict[str, Any]], dropped: list[str]) -> list[dict[str, Any]]:
    """The turns without calls that have no result, and without results that have no call."""
    answers = [n for n, turn in enumerate(turns) if turn["role"] == "assistant"]
    open_calls: set[str] = set()
    kept: dict[int, list[dict[str, Any]]] = {}
    for place, number in enumerate(answers):
        content = turns[number]["content"]
        after = [turns[n]["content"] for n in answers[place + 1 : place + 2]]
        results = {_result_of(block) for blocks in (content, *after) for block in blocks}
        waits = not after and (number == len(turns) - 1 or _calls_client(content))
        kept[number] = []
        for block in content:
            call, result = _call_of(block), _result_of(block)
            if call is not None and not waits and call not in results:
                _tell(dropped, f"a call of {block.get('name')} in an earlier answer")
                continue
            if result is not None and result not in open_calls:
                _tell(dropped, f"a {block['type']} in an earlier answer")
                continue
            if call is not None:
                open_calls.add(call)
            kept[number].append(block)
    told = [{**turn, "content": kept.get(n, turn["content"])} for n, turn in enumerate(turns)]
    return [turn for turn in told if turn["content"]]


def _tell(dropped: list[str], what: str) -> None:
    dropped.append(f"{what}: the other half of the exchange is missing, and one is refused alone")


def _call_of(block: dict[str, Any]) -> str | None:
    kind = str(block.get("type"))
    return str(block.get("id")) if kind.endswith("_tool_use") else None


def _result_of(block: dict[str, Any]) -> str | None:
    kind = str(block.get("type"))
    return str(block.get("tool_use_id")) if kind.endswith("_tool_result") else None


def _calls_client(content: list[dict[str, Any]]) -> bool:
    return any(block.get("type") == "tool_use" for block in content)
