"""Cloudflare Workers AI.

Sources: neurolink's calls of the service; vercel/ai#4031.
"""

from __future__ import annotations

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.controls import string_content
from chimeric_catalog.entry import Entry

__all__ = ["ENTRY"]

ENTRY = Entry(
    name="cloudflare",
    title="Cloudflare Workers AI",
    base_url="https://api.cloudflare.com/client/v4/accounts/{}/ai/v1",
    account_env="CLOUDFLARE_ACCOUNT_ID",
    aliases=("workers-ai",),
    keys=("CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN"),
    models=("@cf/*", "@hf/*"),
    sample="@cf/openai/gpt-oss-120b",
    list_at=("/v1", "/models/search"),
    list_in=("result", "name"),
    dialect=ChatDialect(empty_content="", adapt=string_content),
    params=("top_k", "repetition_penalty", "lora", "raw"),
    advice={
        400: "not every model takes tools, and none takes parts for its text",
        401: "the token needs the scope Workers AI (read and write)",
        403: "the model may be gated: accept its licence in the dashboard",
    },
    notes=(
        "The account is `CLOUDFLARE_ACCOUNT_ID`, or give `cloudflare_base_url`.",
        "Text is sent as a string, never as parts or null, which are a 400.",
        "Choices may have no index. Errors are read out of `errors`.",
        "The list of its models is at `/ai/models/search`.",
    ),
)
