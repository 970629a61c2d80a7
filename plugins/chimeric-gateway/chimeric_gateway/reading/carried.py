"""What upstreams want back unchanged, out of what clients echo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chimeric_gateway.answering.carrying import unpack
from chimeric_gateway.shapes import is_object

__all__ = ["state_of_calls"]


def state_of_calls(calls: Sequence[Any]) -> dict[str, Any] | None:
    """The state of an answer, where one of its calls carries it (``extra_content``)."""
    for call in calls:
        extra = call.get("extra_content") if is_object(call) else None
        google: Any = extra.get("google") if is_object(extra) else None
        signature = google.get("thought_signature") if is_object(google) else None
        if isinstance(signature, str) and (state := unpack(signature)) is not None:
            return state
    return None
