"""The server side of the protocols that LLM services speak: requests read, answers encoded.

Values in, bytes out: no HTTP server, no framework, no I/O.
"""

from __future__ import annotations

from .answers import (
    Answer,
    Block,
    BlockKind,
    Cite,
    Close,
    Done,
    FinishReason,
    Open,
    Phase,
    Piece,
    Step,
    Usage,
)
from .azure import AzureChat, AzureClaude, AzureResponses, is_azure
from .bedrock import BedrockChat, BedrockMessages, BedrockResponses, InvokeClaude
from .chat_completions import ChatCompletions
from .cohere import Cohere
from .converse import Converse
from .dialect import Dialect, Encoder, encode
from .gemini import Gemini
from .messages import Messages
from .ollama import Ollama
from .parts import Citation, File, Offer, ServerTool, ServerToolKind, Token, ToolEnd
from .problems import Problem, ProblemKind, kind_of_status
from .prompts import Approval, Prompt, Tool, ToolCall, ToolResult, Turn
from .replies import Reply, json_reply
from .requests import Request
from .responses import Responses
from .service import Service
from .signatures import Signer
from .vertex import VertexChat, VertexClaude, VertexGemini

__all__ = [
    "Answer",
    "Approval",
    "AzureChat",
    "AzureClaude",
    "AzureResponses",
    "BedrockChat",
    "BedrockMessages",
    "BedrockResponses",
    "Block",
    "BlockKind",
    "ChatCompletions",
    "Citation",
    "Cite",
    "Close",
    "Cohere",
    "Converse",
    "Dialect",
    "Done",
    "Encoder",
    "File",
    "FinishReason",
    "Gemini",
    "InvokeClaude",
    "Messages",
    "Offer",
    "Ollama",
    "Open",
    "Phase",
    "Piece",
    "Problem",
    "ProblemKind",
    "Prompt",
    "Reply",
    "Request",
    "Responses",
    "ServerTool",
    "ServerToolKind",
    "Service",
    "Signer",
    "Step",
    "Token",
    "Tool",
    "ToolCall",
    "ToolEnd",
    "ToolResult",
    "Turn",
    "Usage",
    "VertexChat",
    "VertexClaude",
    "VertexGemini",
    "encode",
    "is_azure",
    "json_reply",
    "kind_of_status",
]
