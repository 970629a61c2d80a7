"""NVIDIA NIM: hosted, or in a container of one's own (``nvidia_base_url``).

Sources: NVIDIA's API reference of NIM, LiteLLM.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Rules

__all__ = ["ENTRY"]


@cache
def rules() -> Rules:
    """What models at NVIDIA know in another form."""
    from chimeric_models import Rules, levels

    from chimeric_catalog.controls import switch, template_switch

    return Rules(
        levels(
            lambda asked, effort: (
                {"none": "low", "minimal": "low", "xhigh": "high", "max": "high"}.get(effort)
                if "gpt-oss" in asked.model
                else None
            ),
            said="an effort that the model does not know",
            models="gpt-oss (low to high)",
            source="the model's card",
        ),
        switch(
            template_switch("enable_thinking", "thinking"),
            field="`chat_template_kwargs`",
            models="all but gpt-oss",
            source="NVIDIA's page on reasoning models; the model's template reads one",
            holds=lambda asked: "gpt-oss" not in asked.model,
        ),
    )


ENTRY = Entry(
    name="nvidia",
    title="NVIDIA NIM",
    base_url="https://integrate.api.nvidia.com/v1",
    aliases=("nvidia_nim", "nim"),
    keys=("NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY", "NIM_API_KEY"),
    urls=("NVIDIA_NIM_API_BASE",),
    sample="nvidia/nemotron-3-super-120b-a12b",
    dialect=ChatDialect(reasoning_field="reasoning_content", rules=rules),
    params=("chat_template_kwargs", "reasoning_budget", "nvext", "top_k", "min_p", "min_tokens"),
    advice={404: "names are org/model in lower case, and not every key may use every model"},
    notes=(
        "A container of your own is `nvidia_base_url='http://localhost:8000/v1'`.",
        "`reasoning_effort` is sent to gpt-oss, and to others as a switch in "
        "`chat_template_kwargs`; `reasoning_budget` says how many tokens.",
        "Streams of some models end without a finish reason after tool calls: the calls are "
        "whole where the stream is.",
    ),
)
