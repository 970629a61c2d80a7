"""What upstreams want back unchanged, out of what clients echo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chimeric_gateway.answering.carrying import unpack

__all__ = ["state_of_calls"]


def state_of_calls(calls: Sequence[Any]) -> dict[str, Any] | None:
    """The state of an answer, where one of its calls carries it (``extra_content``)."""
    for call in calls:
        extra = call.get("extra_content") if isinstance(call, Mapping) else None
        google: Any = extra.get("google") if isinstance(extra, Mapping) else None
        signature = google.get("thought_signature") if isinstance(google, Mapping) else None
        if isinstance(signature, str) and (state := unpack(signature)) is not None:
            return state
    return None
