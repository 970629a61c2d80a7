"""Answers in Anthropic's block form whose order or signatures no other field holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chimeric.schema.type_guards import is_iterable, is_mapping
from chimeric.values.messages import Message, NativePart, Part, ProviderState

__all__ = ["in_place"]

BLOCKS = "anthropic.messages"
THINKING = ("thinking", "redacted_thinking")


def in_place(
    content: Any, parts: tuple[Part, ...], thought: Sequence[Message] = ()
) -> tuple[tuple[Part, ...], str | None, ProviderState | None]:
    """The parts that any provider can read, the reasoning, and the blocks as they stood.

    Blocks of which nothing would be lost are left to the parts and calls alone. ``thought`` is
    what the reader of another form made of blocks of reasoning.
    """
    blocks = [block for block in content if is_mapping(block)] if is_iterable(content) else []
    if thought:
        told = [message.reasoning for message in thought if message.reasoning]
        apis = [message.state.api for message in thought if message.state]
        state = ProviderState(apis[0], [dict(block) for block in blocks]) if apis else None
        return parts, "\n\n".join(told) or None, state
    told = [str(b.get("thinking") or "") for b in blocks if b.get("type") == "thinking"]
    reasoning = "\n\n".join(filter(None, told)) or None
    if not (_is_signed(blocks) or _is_interleaved(blocks)) or len(blocks) != len(list(content)):
        return tuple(part for part in parts if not _is_thought(part)), reasoning, None
    readable = tuple(part for part in parts if not isinstance(part, NativePart))
    return readable, reasoning, ProviderState(BLOCKS, [dict(block) for block in blocks])


def _is_thought(part: Part) -> bool:
    return isinstance(part, NativePart) and part.value.get("type") in THINKING


def _is_signed(blocks: list[Mapping[str, Any]]) -> bool:
    return any(b.get("type") in THINKING and (b.get("signature") or "data" in b) for b in blocks)


def _is_interleaved(blocks: list[Mapping[str, Any]]) -> bool:
    kinds = [block.get("type") for block in blocks]
    if "tool_use" not in kinds or "tool_result" in kinds:
        return False
    behind = kinds[kinds.index("tool_use") :]
    return any(kind != "tool_use" for kind in behind) or not {*THINKING}.isdisjoint(kinds)
