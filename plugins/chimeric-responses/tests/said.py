"""Conversations with one of everything, and the parameters they are sent with."""

from __future__ import annotations

from typing import Any

from chimeric import (
    FilePart,
    ImagePart,
    Message,
    NativePart,
    ProviderState,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
    ToolName,
)

USER = Message("user", "How warm is it in Paris?")
WEATHER = Tool(
    name="weather",
    description="Weather now",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"type": "string"}},
        "required": ["city"],
    },
)
CALL = ToolCall("call_1", "weather", '{"city":"Paris"}')
THOUGHT: dict[str, Any] = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [],
    "encrypted_content": "gAAAA",
}
ECHO: list[dict[str, Any]] = [
    THOUGHT,
    {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "phase": "commentary",
        "content": [{"type": "output_text", "text": "Let me look.", "annotations": []}],
    },
    {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "weather",
        "namespace": "skies",
        "arguments": '{"city":"Paris"}',
        "status": "completed",
    },
]
ECHOED = Message(
    "assistant", "Let me look.", tool_calls=(CALL,), state=ProviderState("openai.responses", ECHO)
)
CONVERSATIONS: dict[str, tuple[tuple[Message, ...], dict[str, Any]]] = {
    "text": ((USER,), {}),
    "stream": ((USER,), {"stream": True}),
    "system": ((Message("system", "Be brief."), USER), {}),
    "late system": ((USER, Message("assistant", "18 C"), Message("developer", "In F."), USER), {}),
    "sampling": (
        (USER,),
        {"temperature": 0.5, "top_p": 0.9, "max_tokens": 50, "reasoning_effort": "low"},
    ),
    "picture by url": (
        (Message("user", (TextPart("What is it?"), ImagePart(url="https://x.test/a.png"))),),
        {},
    ),
    "picture inline": (
        (Message("user", (ImagePart(data="iVBO", media_type="image/png", detail="low"),)),),
        {},
    ),
    "picture by id": ((Message("user", (ImagePart(file_id="file-1"),)),), {}),
    "files": (
        (
            Message(
                "user",
                (
                    FilePart(data="JVBE", media_type="application/pdf"),
                    FilePart(data="JVBE", media_type="application/pdf", filename="a.pdf"),
                    FilePart(file_id="file-2"),
                    FilePart(url="https://x.test/a.pdf"),
                ),
            ),
        ),
        {},
    ),
    "tools": ((USER,), {"tools": (WEATHER,), "tool_choice": "required"}),
    "forced tool": (
        (USER,),
        {"tools": (WEATHER,), "tool_choice": ToolName("weather"), "parallel_tool_calls": False},
    ),
    "built-in tool": (
        (USER,),
        {
            "tools": (Tool(name="web_search", native={"type": "web_search"}),),
            "tool_choice": ToolName("web_search"),
        },
    ),
    "custom tool": (
        (
            USER,
            Message("assistant", tool_calls=(ToolCall("c1", "sql", "SELECT 1", "custom"),)),
            Message("tool", "1", tool_call_id="c1"),
        ),
        {
            "tools": (Tool(name="sql", native={"type": "custom", "name": "sql"}),),
            "tool_choice": ToolName("sql"),
        },
    ),
    "calls and results": (
        (
            USER,
            Message("assistant", "Let me look.", tool_calls=(CALL, ToolCall("call_2", "time"))),
            Message("tool", "18 C", tool_call_id="call_1"),
            Message("tool", "no clock", tool_call_id="call_2", is_error=True),
        ),
        {"tools": (WEATHER,)},
    ),
    "result with a picture": (
        (
            USER,
            Message("assistant", tool_calls=(CALL,)),
            Message(
                "tool",
                (TextPart("see"), ImagePart(data="iVBO", media_type="image/png")),
                tool_call_id="call_1",
            ),
        ),
        {},
    ),
    "echoed reasoning": (
        (USER, ECHOED, Message("tool", "18 C", tool_call_id="call_1")),
        {"model": "thinker", "reasoning_effort": "high", "stream": True},
    ),
    "refusal": ((USER, Message("assistant", refusal="I cannot."), USER), {}),
    "schema": (
        (USER,),
        {
            "response_format": ResponseFormat(
                name="city", schema={"type": "object", "properties": {"name": {"type": "string"}}}
            )
        },
    ),
    "json": ((USER,), {"response_format": ResponseFormat(kind="json_object")}),
    "approval": (
        (
            Message(
                "user",
                (
                    NativePart(
                        {
                            "type": "mcp_approval_response",
                            "approval_request_id": "mcpr_1",
                            "approve": True,
                        }
                    ),
                ),
            ),
        ),
        {},
    ),
}
