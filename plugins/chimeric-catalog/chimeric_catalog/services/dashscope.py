"""Alibaba's DashScope (Model Studio): Qwen, and models of others.

Sources: the Vercel AI SDK, pydantic-ai and recordings of the service.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chimeric_chat_completions import ChatDialect

from chimeric import AudioPart
from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Rules

    from chimeric import Part

__all__ = ["ENTRY"]


@cache
def rules() -> Rules:
    """What DashScope knows in another form."""
    from chimeric_models import Rules

    from chimeric_catalog.controls import switch, switch_field

    return Rules(
        switch(
            switch_field("enable_thinking"),
            field="`enable_thinking`",
            models="all but gpt-oss",
            source="the Vercel AI SDK; how long is `thinking_budget`, in tokens",
            holds=lambda asked: "gpt-oss" not in asked.model,
        )
    )


def _part(part: Part) -> dict[str, Any] | None:
    """Sound travels as a data URI (pydantic-ai)."""
    if not isinstance(part, AudioPart) or part.data_url is None:
        return None
    kind = (part.media_type or "audio/wav").rpartition("/")[2]
    told = {"data": part.data_url, "format": {"mpeg": "mp3", "x-wav": "wav"}.get(kind, kind)}
    return {"type": "input_audio", "input_audio": told}


ENTRY = Entry(
    name="dashscope",
    title="Alibaba DashScope (Qwen)",
    base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    aliases=("alibaba", "qwencloud"),
    keys=("DASHSCOPE_API_KEY", "ALIBABA_API_KEY", "QWENCLOUD_API_KEY"),
    urls=("DASHSCOPE_API_BASE", "ALIBABA_BASE_URL"),
    models=("qwen-max*", "qwen-plus*", "qwen-turbo*", "qwen-flash*", "qwq-plus*"),
    sample="qwen-plus",
    audio=True,
    responses=True,
    dialect=ChatDialect(reasoning_field="reasoning_content", rules=rules, part=_part),
    params=(
        *("enable_thinking", "thinking_budget", "enable_search", "search_options", "top_k"),
        *("incremental_output", "translation_options", "vl_high_resolution_images"),
    ),
    advice={
        401: (
            "keys of Singapore and of China are not interchangeable; for the latter "
            "dashscope_base_url is https://dashscope.aliyuncs.com/compatible-mode/v1"
        )
    },
    notes=(
        "Keys of China need "
        "`dashscope_base_url='https://dashscope.aliyuncs.com/compatible-mode/v1'`.",
        "`reasoning_effort` becomes `enable_thinking`; `thinking_budget` says how many tokens.",
        "Later fragments of a tool call have an empty id, and many no finish reason at all: the "
        "calls are whole at the end.",
        "Sound goes in as a data URI.",
    ),
)
