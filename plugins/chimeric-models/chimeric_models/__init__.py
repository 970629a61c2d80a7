"""What model families take and refuse: one rule in one place, for every provider with that model.

Providers that reach a model in other ways (Claude at Anthropic and at Bedrock) ask here.
"""

from __future__ import annotations

from .claude import GO_ON, NO_PREFILL, NON_STREAMING_MAX, SAMPLING, Claude, effort_params
from .foreign import left_out
from .ids import CallIds, converse_id, nine_characters, plain_id, short_id
from .media import recognised, settled
from .schema import Closed, enforceable

__all__ = [
    "GO_ON",
    "NON_STREAMING_MAX",
    "NO_PREFILL",
    "SAMPLING",
    "CallIds",
    "Claude",
    "Closed",
    "converse_id",
    "effort_params",
    "enforceable",
    "left_out",
    "nine_characters",
    "plain_id",
    "recognised",
    "settled",
    "short_id",
]
