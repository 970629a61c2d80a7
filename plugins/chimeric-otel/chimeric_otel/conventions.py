"""Which conventions are followed, and what they fix: names of providers, bounds of histograms.

The GenAI conventions have a repository and releases of their own since they left
``open-telemetry/semantic-conventions`` (where 1.41.0 was the last to have them):
https://github.com/open-telemetry/semantic-conventions-genai, release v0.1.0, status: development.
"""

from __future__ import annotations

import os
from typing import Final

__all__ = [
    "AGENT_SECONDS",
    "PROVIDERS",
    "SECONDS",
    "TOKENS",
    "VERSION",
    "has_former_names",
]

VERSION: Final = "0.1.0"
"""The release of the GenAI conventions that is followed."""

OPT_IN: Final = "OTEL_SEMCONV_STABILITY_OPT_IN"
LATEST: Final = "gen_ai_latest_experimental"

SECONDS: Final = tuple(0.01 * 2**power for power in range(14))
AGENT_SECONDS: Final = tuple(0.1 * 2**power for power in range(13))
TOKENS: Final = tuple(4**power for power in range(14))

PROVIDERS: Final = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "google": "gcp.gemini",
    "grok": "x_ai",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "vertex": "gcp.vertex_ai",
}
"""Providers that the conventions call otherwise."""


def has_former_names() -> bool:
    """Whether what v0.1.0 renamed is reported under the names of 1.41.0, too.

    Dashboards that were made before stay right; ``OTEL_SEMCONV_STABILITY_OPT_IN`` with
    ``gen_ai_latest_experimental`` leaves the former names out.
    """
    return LATEST not in (word.strip() for word in os.environ.get(OPT_IN, "").split(","))
