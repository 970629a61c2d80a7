"""Kinds of forms of the answer."""

from __future__ import annotations

from typing import Final

from .kind import Kind
from .samples import CLOSED, LOOKAROUND, OPEN_FIELD, OPTIONAL, RECURSIVE, form, tool

__all__ = ["FORMATS"]

FORMATS: Final = {
    "schema": Kind(
        words="a schema for the answer",
        params=form(CLOSED),
        sent=lambda sent: "city" in sent.text,
    ),
    "optional": Kind(
        words="a schema with an optional field",
        params=form(OPTIONAL),
        sent=lambda sent: "day" in sent.text,
    ),
    "strict schema": Kind(
        words="`strict` of a schema with a pattern that looks ahead",
        params=form(LOOKAROUND, strict=True),
        sent=lambda sent: '"strict":true' in sent.text,
        meant=lambda sent: "(?!x)" in sent.text,
    ),
    "open": Kind(
        words="a schema with an open object",
        params=form(OPEN_FIELD),
        sent=lambda sent: "tags" in sent.text,
    ),
    "lookaround": Kind(
        words="a schema with a pattern that looks ahead",
        params=form(LOOKAROUND),
        sent=lambda sent: "(?!x)" in sent.text,
    ),
    "recursive": Kind(
        words="a recursive schema",
        params=form(RECURSIVE),
        sent=lambda sent: "Node" in sent.text,
    ),
    "json": Kind(
        words="`response_format`: `json_object`",
        messages="Answer in JSON.",
        params={"response_format": {"type": "json_object"}},
        sent=lambda sent: bool({"json_object", "json", "application/json"} & sent.leaves),
        meant=lambda sent: "json_schema" in sent.leaves,
    ),
    "schema and tools": Kind(
        words="a schema for the answer beside tools",
        params={**form(CLOSED), **tool(parameters=OPTIONAL)},
        sent=lambda sent: (
            "answer" in sent.text
            or not sent.keys.isdisjoint({"responseJsonSchema", "format", "response_format"})
        ),
    ),
}
