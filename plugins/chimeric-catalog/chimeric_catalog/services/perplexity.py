"""Perplexity: answers from the web, with its sources.

Source of what is particular: Perplexity's own SDK and recordings of its service.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Asked, Rules

__all__ = ["ENTRY"]


def _schema(asked: Asked) -> str | None:
    if asked.object("response_format").get("type") != "json_object":
        return None
    told: dict[str, Any] = {"name": "answer", "schema": {"type": "object"}}
    asked.body["response_format"] = {"type": "json_schema", "json_schema": told}
    return "response_format: Perplexity has no json_object; a schema of any object is sent"


@cache
def rules() -> Rules:
    """What Perplexity does not take."""
    from chimeric_models import Rule, Rules, levels, not_taken

    return Rules(
        not_taken(
            *("seed", "user", "logit_bias", "audio", "modalities", "prediction", "metadata"),
            *("functions", "function_call", "service_tier", "store", "stream_options"),
            *("prompt_cache_key", "prompt_cache_retention", "safety_identifier", "verbosity"),
            source="the request type of Perplexity's SDK has none",
        ),
        levels(
            lambda asked, effort: {"none": "minimal", "xhigh": "high", "max": "high"}.get(effort),
            said="efforts but `minimal`, `low`, `medium`, `high`",
            models="all",
            source="the request type of Perplexity's SDK",
        ),
        not_taken(
            *("tools", "tool_choice", "parallel_tool_calls"),
            source="Perplexity's chat completions have no tools of the caller's",
            why="(it searches by itself)",
        ),
        Rule(
            said="`response_format='json_object'`",
            done="changed",
            how="a schema of any object is sent",
            source="Perplexity's API reference: `json_schema` alone",
            on=("response_format",),
            change=_schema,
        ),
    )


ENTRY = Entry(
    name="perplexity",
    title="Perplexity",
    base_url="https://api.perplexity.ai",
    aliases=("pplx",),
    keys=("PERPLEXITY_API_KEY", "PERPLEXITYAI_API_KEY"),
    urls=("PERPLEXITY_API_BASE",),
    models=("sonar", "sonar-*"),
    sample="sonar-pro",
    tools=False,
    citations=True,
    responses=True,
    dialect=ChatDialect(
        keys=(),  # as the message type of its SDK
        parts=("file_url", "pdf_url", "video_url"),
        stream_usage=False,  # every chunk has it, unasked
        rules=rules,
        metadata=("citations", "search_results", "images", "related_questions", "videos"),
    ),
    params=(
        *("search_mode", "search_domain_filter", "search_recency_filter", "top_k"),
        *("search_after_date_filter", "search_before_date_filter", "return_images"),
        *("last_updated_after_filter", "last_updated_before_filter", "disable_search"),
        *("return_related_questions", "enable_search_classifier", "media_response"),
        *("language_preference", "image_domain_filter", "image_format_filter"),
    ),
    advice={404: "the path has no /v1 for chat: perplexity_base_url is https://api.perplexity.ai"},
    notes=(
        "Sources are `chunk.citations`, and as they came in `metadata['search_results']` and "
        "`metadata['citations']`; `images` and `related_questions` are metadata, too.",
        "Every chunk of a stream tells the usage so far; the last one counts.",
        "It takes no tools of yours: they are left out and reported.",
        "`json_object` is not known: a schema of any object is sent in its place.",
        "What is searched is said by `web_search_options`, `search_domain_filter`, "
        "`search_recency_filter` and their like.",
    ),
)
