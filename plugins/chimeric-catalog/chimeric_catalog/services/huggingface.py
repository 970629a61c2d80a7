"""The Hugging Face router: one key, many providers behind it.

Source: Hugging Face's own client library.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Rules

__all__ = ["ENTRY"]


def _billed(options: Mapping[str, Any]) -> Mapping[str, str]:
    payer = options.get("bill_to")
    return {"x-hf-bill-to": str(payer)} if payer else {}


@cache
def rules() -> Rules:
    """What the open models behind the router do not know."""
    from chimeric_models import Rules, levels

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
        )
    )


ENTRY = Entry(
    name="huggingface",
    title="Hugging Face",
    base_url="https://router.huggingface.co/v1",
    aliases=("hf", "hugging-face"),
    keys=("HF_TOKEN", "HUGGINGFACE_API_KEY", "HUGGING_FACE_HUB_TOKEN"),
    urls=("HF_API_BASE", "HUGGINGFACE_API_BASE"),
    sample="deepseek-ai/DeepSeek-R1:together",
    responses=True,
    options=("bill_to",),
    headers=_billed,
    dialect=ChatDialect(
        rules=rules,
        echo=("reasoning_details",),
        metadata=("service_tier", "system_fingerprint", "metadata"),
    ),
    params=("chat_template_kwargs", "top_k", "repetition_penalty", "min_p"),
    advice={
        400: "the provider behind the router may not have this model: write org/Model:provider",
        402: "the credits of this account are used up; huggingface_bill_to= names an organisation",
    },
    notes=(
        "A suffix names the provider behind the router: `huggingface:org/Model:together`.",
        "`huggingface_base_url='https://router.huggingface.co/together/v1'` asks one provider.",
        "`huggingface_bill_to='org'` (or `bill_to=` in a call) names who pays.",
        "Reasoning comes as the provider behind sends it: in a field, or between `<think>` tags "
        "in the text.",
        "Spent credits are a 402 that is not tried again.",
    ),
)
