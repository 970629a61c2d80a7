"""The server side of the protocols that LLM services speak: requests read, answers encoded.

Values in, bytes out: no HTTP server, no framework, no I/O.
"""

from __future__ import annotations

from .answers import (
    Answer,
    Block,
    BlockKind,
    Close,
    Done,
    FinishReason,
    Open,
    Piece,
    Step,
    Usage,
)
from .chat_completions import ChatCompletions
from .cohere import Cohere
from .converse import Converse
from .dialect import Dialect, Encoder, encode
from .gemini import Gemini
from .messages import Messages
from .ollama import Ollama
from .problems import Problem, ProblemKind, kind_of_status
from .prompts import Prompt, Tool, ToolCall, ToolResult, Turn
from .replies import Reply, json_reply
from .requests import Request
from .responses import Responses
from .service import Service
from .signatures import Signer

__all__ = [
    "Answer",
    "Block",
    "BlockKind",
    "ChatCompletions",
    "Close",
    "Cohere",
    "Converse",
    "Dialect",
    "Done",
    "Encoder",
    "FinishReason",
    "Gemini",
    "Messages",
    "Ollama",
    "Open",
    "Piece",
    "Problem",
    "ProblemKind",
    "Prompt",
    "Reply",
    "Request",
    "Responses",
    "Service",
    "Signer",
    "Step",
    "Tool",
    "ToolCall",
    "ToolResult",
    "Turn",
    "Usage",
    "encode",
    "json_reply",
    "kind_of_status",
]
