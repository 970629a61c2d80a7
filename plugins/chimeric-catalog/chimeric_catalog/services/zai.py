"""Z.ai: GLM.

Sources: Z.ai's own SDK, pydantic-ai and LiteLLM.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Asked, Rules

    from chimeric import Request

__all__ = ["ENTRY"]

LEVELLED = ("glm-5.2", "glm-5.3")


def _nearest(asked: Asked, effort: str) -> str | None:
    if not asked.model.startswith("glm-5.3"):
        return None
    return {"none": "low", "minimal": "low", "medium": "high", "xhigh": "max"}.get(effort)


@cache
def rules() -> Rules:
    """What GLM does not know."""
    from chimeric_models import Rule, Rules, levels, not_taken

    from chimeric_catalog.controls import switch, switch_field

    return Rules(
        not_taken(
            *("n", "logprobs", "top_logprobs", "frequency_penalty", "presence_penalty"),
            source="not among the parameters that LiteLLM knows it to take",
        ),
        not_taken(
            *("parallel_tool_calls", "logit_bias", "functions", "function_call", "audio"),
            *("modalities", "prediction", "metadata", "store", "service_tier", "verbosity"),
            *("prompt_cache_key", "prompt_cache_retention", "safety_identifier"),
            "web_search_options",
            source="not among the parameters of Z.ai's SDK",
        ),
        Rule(
            said="`user`",
            done="changed",
            how="sent as `user_id`",
            source="Z.ai's SDK",
            on=("user",),
            change=_user,
        ),
        Rule(
            said="`max_completion_tokens`",
            done="changed",
            how="sent as `max_tokens`",
            source="Z.ai's SDK",
            on=("max_completion_tokens",),
            change=_limit,
        ),
        levels(
            _nearest,
            said="an effort that the model does not know",
            models="glm-5.3 (low, high, max; it cannot be switched off)",
            source="pydantic-ai",
        ),
        switch(
            switch_field("thinking"),
            field="`thinking`",
            models="all before glm-5.2",
            source="pydantic-ai",
            holds=lambda asked: not asked.model.startswith(LEVELLED),
        ),
    )


def _user(asked: Asked) -> str | None:
    asked.body.setdefault("user_id", asked.body.pop("user"))
    return None


def _limit(asked: Asked) -> str | None:
    asked.body.setdefault("max_tokens", asked.body.pop("max_completion_tokens"))
    return None


def _adapt(body: dict[str, Any], request: Request) -> dict[str, Any]:
    """Arguments of calls are streamed where that is asked for; else a call comes whole."""
    if request.stream and request.tools:
        body["tool_stream"] = True
    return body


ENTRY = Entry(
    name="zai",
    title="Z.ai (GLM)",
    base_url="https://api.z.ai/api/paas/v4",
    aliases=("z-ai", "z.ai", "zhipu"),
    keys=("ZAI_API_KEY", "Z_AI_API_KEY"),
    urls=("ZAI_API_BASE",),
    models=("glm-*",),
    sample="glm-5.3",
    dialect=ChatDialect(
        formats=("json_object", "text"),
        reasoning_field="reasoning_content",
        rules=rules,
        adapt=_adapt,
        metadata=("service_tier", "system_fingerprint", "request_id", "web_search"),
    ),
    params=("thinking", "tool_stream", "do_sample", "request_id", "user_id", "meta", "web_search"),
    advice={
        401: (
            "keys of Z.ai and of BigModel are not interchangeable; for the latter zai_base_url is "
            "https://open.bigmodel.cn/api/paas/v4"
        )
    },
    notes=(
        "`zai_base_url` for the coding plan is `https://api.z.ai/api/coding/paas/v4`, for BigModel "
        "(China) `https://open.bigmodel.cn/api/paas/v4`.",
        "`reasoning_effort` has levels from glm-5.2 on, and is a switch (`thinking`) before; "
        "glm-5.3 cannot be switched off and gets `low`.",
        "`tool_stream` is sent with tools in a stream, so that arguments arrive in pieces.",
        "A schema is told to the model, and `json_object` enforced.",
        "Used-up plans and balances are 429s by status and not tried again; rates are.",
    ),
)
