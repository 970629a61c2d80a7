"""Kinds of calls and results."""

from __future__ import annotations

from typing import Final

from chimeric import FilePart, ImagePart, Message, TextPart

from .checks import ids_agree
from .kind import Kind
from .samples import PDF, PNG, answered, called, tool

__all__ = ["CALLS"]

CALLS: Final = {
    "call": Kind(
        words="a call and its result",
        messages=called("call_1"),
        params=tool(),
        sent=lambda sent: "call_1" in sent.leaves and sent.has("sunny"),
        meant=ids_agree,
    ),
    "odd id": Kind(
        words="a call id of other characters (`functions.now:0`)",
        messages=called("functions.now:0"),
        params=tool(),
        sent=lambda sent: "functions.now:0" in sent.leaves,
        meant=ids_agree,
    ),
    "long id": Kind(
        words="a call id of 100 characters",
        messages=called("c" * 100),
        params=tool(),
        sent=lambda sent: "c" * 100 in sent.leaves,
        meant=ids_agree,
    ),
    "same id": Kind(
        words="the same call id in two turns",
        messages=[*called("call_1"), *called("call_1")],
        params=tool(),
        sent=lambda sent: sent.text.count('"call_1"') == 4,
        meant=ids_agree,
    ),
    "no answer": Kind(
        words="a call without a result",
        messages=[*called("call_1")[:2], {"role": "user", "content": "And now?"}],
        params=tool(),
        leaves=("And now?", "weather"),
    ),
    "cut call": Kind(
        words="arguments that were cut off",
        messages=called("call_1", arguments='{"city":"Ro'),
        params=tool(),
        sent=lambda sent: '{"city":"Ro' in sent.leaves,
        meant=lambda sent: '\\"city\\":\\"Ro' in sent.text,
    ),
    "error": Kind(
        words="a result that is an error",
        messages=answered(Message("tool", "no data", tool_call_id="call_1", is_error=True)),
        params=tool(),
        leaves=("no data",),
    ),
    "result in parts": Kind(
        words="a result of two texts",
        messages=called("call_1", [{"type": "text", "text": t} for t in ("sunny", "warm")]),
        params=tool(),
        leaves=("sunny", "warm"),
        meant=lambda sent: "sunny" in sent.text and "warm" in sent.text,
    ),
    "result picture": Kind(
        words="a result with an image",
        messages=answered(
            Message(
                "tool",
                (TextPart("here"), ImagePart(data=PNG, media_type="image/png")),
                tool_call_id="call_1",
            )
        ),
        params=tool(),
        leaves=(PNG, "here"),
    ),
    "result twice": Kind(
        words="a second result of a call",
        messages=[
            *answered(Message("tool", "sunny", tool_call_id="call_1")),
            Message("tool", "warm", tool_call_id="call_1"),
        ],
        params=tool(),
        leaves=("sunny", "warm"),
    ),
    "result of no call": Kind(
        words="a result that answers no call",
        messages=[
            *answered(Message("tool", "sunny", tool_call_id="call_1")),
            Message("tool", "warm", tool_call_id="call_2"),
        ],
        params=tool(),
        leaves=("sunny", "warm"),
    ),
    "result pdf": Kind(
        words="a result with a PDF",
        messages=answered(
            Message(
                "tool",
                (FilePart(data=PDF, media_type="application/pdf"),),
                tool_call_id="call_1",
            )
        ),
        params=tool(),
        leaves=(PDF,),
    ),
}
