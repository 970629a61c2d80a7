"""Answers in Anthropic's block form whose order or signatures no other field holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric.schema.type_guards import is_iterable, is_mapping
from chimeric.values.messages import NativePart, Part, ProviderState

__all__ = ["in_place"]

BLOCKS = "anthropic.messages"
THINKING = ("thinking", "redacted_thinking")


def in_place(
    content: object, parts: tuple[Part, ...]
) -> tuple[tuple[Part, ...], str | None, ProviderState | None]:
    """The parts that any provider can read, the reasoning, and the blocks as they stood.

    Blocks of which nothing would be lost are left to the parts and calls alone.
    """
    if not is_iterable(content):
        return parts, None, None
    blocks = [block for block in content if is_mapping(block)]
    if len(blocks) != len(list(content)) or not (_is_signed(blocks) or _is_interleaved(blocks)):
        return parts, None, None
    thoughts = [str(b.get("thinking") or "") for b in blocks if b.get("type") == "thinking"]
    readable = tuple(part for part in parts if not isinstance(part, NativePart))
    state = ProviderState(BLOCKS, [dict(block) for block in blocks])
    return readable, "\n\n".join(filter(None, thoughts)) or None, state


def _is_signed(blocks: list[Mapping[str, Any]]) -> bool:
    return any(
        block.get("type") in THINKING and (block.get("signature") or "data" in block)
        for block in blocks
    )


def _is_interleaved(blocks: list[Mapping[str, Any]]) -> bool:
    kinds = [block.get("type") for block in blocks]
    if "tool_use" not in kinds or "tool_result" in kinds:
        return False
    return any(kind != "tool_use" for kind in kinds[kinds.index("tool_use") :]) or any(
        kind in THINKING for kind in kinds
    )
