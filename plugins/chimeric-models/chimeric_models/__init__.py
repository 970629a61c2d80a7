"""What model families take and refuse: one rule in one place, for every provider with that model.

Providers that reach a model in other ways (Claude at Anthropic and at Bedrock) ask here.
"""

from __future__ import annotations

from .claude import (
    GO_ON,
    NO_PREFILL,
    NON_STREAMING_MAX,
    SAMPLING,
    Claude,
    audible,
    effort_params,
)
from .claude_rules import CLAUDE_RULES, PREFILLED, THOUGHTLESS, claude_signs
from .effort import effort_of, effortless, levels
from .foreign import echoed_items, left_out, readable
from .gpt import GPT_RULES, sets_cache_points
from .heard import Takes, heard
from .ids import CallIds, converse_id, nine_characters, plain_id, short_id
from .inline import Inlined, inlining
from .media import recognised, settled
from .offered import check_format, check_tool, tool_names
from .rules import Asked, Rule, Rules, cut, not_taken, within
from .schema import Closed, enforceable
from .thoughts import is_own_thought, thought_by, unmarked

__all__ = [
    "CLAUDE_RULES",
    "GO_ON",
    "GPT_RULES",
    "NON_STREAMING_MAX",
    "NO_PREFILL",
    "PREFILLED",
    "SAMPLING",
    "THOUGHTLESS",
    "Asked",
    "CallIds",
    "Claude",
    "Closed",
    "Inlined",
    "Rule",
    "Rules",
    "Takes",
    "audible",
    "check_format",
    "check_tool",
    "claude_signs",
    "converse_id",
    "cut",
    "echoed_items",
    "effort_of",
    "effort_params",
    "effortless",
    "enforceable",
    "heard",
    "inlining",
    "is_own_thought",
    "left_out",
    "levels",
    "nine_characters",
    "not_taken",
    "plain_id",
    "readable",
    "recognised",
    "sets_cache_points",
    "settled",
    "short_id",
    "thought_by",
    "tool_names",
    "unmarked",
    "within",
]
