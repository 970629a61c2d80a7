"""Writer: Palmyra.

Source: Writer's own SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from chimeric_chat_completions import ChatDialect

from chimeric import HTTPRequest
from chimeric_catalog.entry import Entry

__all__ = ["ENTRY"]


def _place(http: HTTPRequest, options: Mapping[str, Any]) -> HTTPRequest:
    """The path is ``/chat`` alone."""
    return msgspec.structs.replace(http, url=http.url.removesuffix("/completions"))


OWN = ("graph_data", "llm_data", "translation_data")


def _refine(event: Mapping[str, Any], fields: dict[str, Any]) -> None:
    """What Writer's own tools have found stands beside the text."""
    for choice in event.get("choices") or ():
        said: dict[str, Any] = choice.get("delta") or choice.get("message") or {}
        if told := {name: said[name] for name in OWN if said.get(name)}:
            fields["metadata"] = {**(fields.get("metadata") or {}), **told}


ENTRY = Entry(
    name="writer",
    title="Writer",
    base_url="https://api.writer.com/v1",
    keys=("WRITER_API_KEY",),
    models=("palmyra-*",),
    sample="palmyra-x5",
    images=False,
    place=_place,
    dialect=ChatDialect(strict_tools=False, refine=_refine),
    params=("graph_ids", "n", "logprobs"),
    notes=(
        "The path is `/v1/chat`.",
        "What graphs, models and translations were asked by tools of Writer's own is in the last "
        "chunk's metadata: `graph_data`, `llm_data`, `translation_data`.",
    ),
)
