"""Everything that is said to every provider, in groups."""

from __future__ import annotations

from typing import Any, Final

from chimeric import AudioPart, FilePart, ImagePart, Message, TextPart, ToolCall

from .kind import Kind, Sent

__all__ = ["GROUPS", "KINDS"]

PNG: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
)
JPEG: Final = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQ=="
WAV: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="
PDF: Final = "JVBERi0xLjQKJcOkw7zDtsOfCg=="
TEXT: Final = "cGxhaW4gdGV4dA=="
VIDEO: Final = "AAAAGGZ0eXBtcDQyAAAAAG1wNDJpc29t"
MARK: Final = {"type": "ephemeral"}
CITY: Final = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL: Final = {"name": "weather", "description": "Tells it", "parameters": CITY}


def user(*parts: Any) -> list[Any]:
    return [{"role": "user", "content": [{"type": "text", "text": "Look."}, *parts]}]


def shown(part: Any) -> list[Message]:
    return [Message("user", (TextPart("Look."), part))]


def called(identity: str, result: Any = "sunny", arguments: str = '{"city":"Rome"}') -> list[Any]:
    """A call and its result."""
    call = {"id": identity, "type": "function"}
    function = {"name": "weather", "arguments": arguments}
    return [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [{**call, "function": function}]},
        {"role": "tool", "tool_call_id": identity, "content": result},
    ]


def answered(result: Message) -> list[Any]:
    call = ToolCall(id="call_1", name="weather", arguments='{"city":"Rome"}')
    return [Message("user", "Weather?"), Message("assistant", "", tool_calls=(call,)), result]


def tool(**changes: Any) -> dict[str, Any]:
    return {"tools": [{**TOOL, **changes}]}


def form(schema: dict[str, Any], **changes: Any) -> dict[str, Any]:
    named = {"name": "answer", "schema": schema, **changes}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def offers_one(sent: Sent) -> bool:
    """Where no choice names a tool, only that one is offered, and a call is required."""
    return "REQUIRED" in sent.leaves and "other" not in sent.leaves


def ids_agree(sent: Sent) -> bool:
    """The id of the call is that of the result, in whatever characters; or there is none."""
    found: dict[str, int] = {}
    names = ("id", "call_id", "tool_call_id", "tool_use_id", "toolUseId")
    stack: list[Any] = [sent.body]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for name in names:
                if isinstance(value.get(name), str):
                    found[value[name]] = found.get(value[name], 0) + 1
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return all(count == 2 for count in found.values()) and "sunny" in sent.text


def is_checked(sent: Sent) -> bool:
    """Whether all calls of a request are checked against their schemas."""
    modes = {"VALIDATED", "validated"}
    return '"strict_tools":true' in sent.text or not sent.leaves.isdisjoint(modes)


def has_cache_point(sent: Sent) -> bool:
    return bool(sent.keys & {"cache_control", "cachePoint"})


CLOSED: Final = {**CITY, "additionalProperties": False}
OPEN_FIELD: Final = {
    "type": "object",
    "properties": {"tags": {"type": "object", "additionalProperties": {"type": "string"}}},
    "required": ["tags"],
}
OPTIONAL: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "day": {"type": "string"}},
    "required": ["city"],
}
LOOKAROUND: Final = {
    "type": "object",
    "properties": {"city": {"type": "string", "pattern": "^(?!x)"}},
    "required": ["city"],
}
RECURSIVE: Final = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {"inner": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
            "required": ["inner"],
        }
    },
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/Node"}},
    "required": ["root"],
}

MESSAGES: Final = {
    "a system message": Kind(
        words="a system message",
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        leaves=("Be brief.",),
    ),
    "developer": Kind(
        words="a `developer` message",
        messages=[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        leaves=("Be brief.",),
        sent=lambda sent: "developer" in sent.leaves,
        meant=lambda sent: sent.has("Be brief."),
    ),
    "system later": Kind(
        words="a system message in the middle",
        messages=[
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Go on"},
        ],
        leaves=("Be brief.",),
    ),
    "name": Kind(
        words="the `name` of who speaks",
        messages=[{"role": "user", "name": "alice", "content": "Hi"}],
        leaves=("alice",),
    ),
    "prefill": Kind(
        words="the beginning of the answer",
        messages=[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Sure:"}],
        leaves=("Sure:",),
    ),
    "prefill blank": Kind(
        words="the same, with white space at its end",
        messages=[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Sure: "}],
        leaves=("Sure: ",),
    ),
    "refusal": Kind(
        words="a refusal in the history",
        messages=[
            Message("user", "Hi"),
            Message("assistant", "", refusal="I cannot."),
            Message("user", "Why?"),
        ],
        leaves=("I cannot.",),
    ),
    "reasoning": Kind(
        words="reasoning of another model",
        messages=[
            Message("user", "Hi"),
            Message("assistant", "Hello", reasoning="They greet me."),
            Message("user", "Go on"),
        ],
        leaves=("They greet me.",),
    ),
    "reasoning before a call": Kind(
        words="reasoning of another model before its call",
        messages=[
            Message("user", "Weather?"),
            Message(
                "assistant",
                "",
                reasoning="I must look.",
                tool_calls=(ToolCall(id="call_1", name="weather", arguments='{"city":"Rome"}'),),
            ),
            Message("tool", "sunny", tool_call_id="call_1"),
        ],
        params=tool(),
        leaves=("I must look.",),
    ),
    "two in a row": Kind(
        words="two messages of one role in a row",
        messages=[{"role": "user", "content": "Hi"}, {"role": "user", "content": "There?"}],
        leaves=("Hi", "There?"),
    ),
    "blocks": Kind(
        words="a message in Anthropic's form (a result as a block)",
        messages=[
            {"role": "user", "content": "Weather?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Rome"}}
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "sunny"}],
            },
        ],
        params=tool(),
        leaves=("sunny",),
    ),
    "gemini": Kind(
        words="a message in Gemini's form (`parts`)",
        messages=[{"role": "user", "parts": [{"text": "Good morning"}]}],
        leaves=("Good morning",),
    ),
    "converse": Kind(
        words="a message in Converse's form (blocks without a type)",
        messages=[{"role": "user", "content": [{"text": "Good morning"}]}],
        leaves=("Good morning",),
    ),
    "items": Kind(
        words="items of Responses (`function_call_output`)",
        messages=[
            {"role": "user", "content": "Weather?"},
            {
                "type": "function_call",
                "call_id": "c1",
                "name": "weather",
                "arguments": '{"city":"Rome"}',
            },
            {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
        ],
        params=tool(),
        leaves=("sunny",),
    ),
    "key of a message": Kind(
        words="an unknown key of a message",
        messages=[{"role": "user", "content": "Hi", "priority": 777}],
        leaves=(777,),
    ),
    "shape": Kind(
        words="a message without content that is understood",
        messages=[{"role": "user", "contents": "Hi"}],
        leaves=("Hi",),
    ),
}

PARTS: Final = {
    "cache point": Kind(
        words="a cache point (`cache_control`) at a text",
        messages=[
            {
                "role": "user",
                "content": [{"type": "text", "text": "Long.", "cache_control": MARK}],
            }
        ],
        sent=lambda sent: "cache_control" in sent.keys,
        meant=has_cache_point,
    ),
    "prompt_cache": Kind(
        words="`prompt_cache=True`",
        params={"prompt_cache": True},
        sent=has_cache_point,
    ),
    "key of a part": Kind(
        words="an unknown key of a part",
        messages=[
            {"role": "user", "content": [{"type": "text", "text": "Long.", "priority": 777}]}
        ],
        leaves=(777,),
    ),
    "picture": Kind(
        words="a picture by value",
        messages=shown(ImagePart(data=PNG, media_type="image/png")),
        leaves=(PNG,),
    ),
    "picture by url": Kind(
        words="a picture by URL",
        messages=shown(ImagePart(url="https://example.org/cat.png")),
        leaves=("https://example.org/cat.png",),
    ),
    "picture jpg": Kind(
        words="a picture whose type is spelt `image/JPG`",
        messages=shown(ImagePart(data=JPEG, media_type="image/JPG")),
        sent=lambda sent: "image/JPG" in sent.text,
        meant=lambda sent: sent.has(JPEG),
    ),
    "picture untyped": Kind(
        words="a picture without a type",
        messages=shown(ImagePart(data=PNG)),
        leaves=(PNG,),
    ),
    "picture mislabelled": Kind(
        words="a JPEG that is called `image/png`",
        messages=shown(ImagePart(data=JPEG, media_type="image/png")),
        sent=lambda sent: sent.has(JPEG) and "jpeg" not in sent.text,
        meant=lambda sent: sent.has(JPEG),
    ),
    "picture that is none": Kind(
        words="text that is called `image/png`",
        messages=shown(ImagePart(data="Tm8gcGljdHVyZSBhdCBhbGw=", media_type="image/png")),
        leaves=("Tm8gcGljdHVyZSBhdCBhbGw=",),
    ),
    "picture detail": Kind(
        words="`detail` of a picture",
        messages=shown(ImagePart(data=PNG, media_type="image/png", detail="high")),
        sent=lambda sent: "high" in sent.leaves,
    ),
    "picture by id": Kind(
        words="a picture by file id",
        messages=shown(ImagePart(file_id="file-77")),
        leaves=("file-77",),
    ),
    "picture tiff": Kind(
        words="a picture as `image/tiff`",
        messages=shown(ImagePart(data="SUkqAAgAAAA=", media_type="image/tiff")),
        leaves=("SUkqAAgAAAA=",),
    ),
    "sound": Kind(
        words="sound by value (`audio/wav`)",
        messages=shown(AudioPart(data=WAV, media_type="audio/wav")),
        leaves=(WAV,),
    ),
    "pdf": Kind(
        words="a PDF by value",
        messages=shown(FilePart(data=PDF, media_type="application/pdf")),
        leaves=(PDF,),
    ),
    "pdf by url": Kind(
        words="a PDF by URL",
        messages=shown(FilePart(url="https://example.org/a.pdf", media_type="application/pdf")),
        leaves=("https://example.org/a.pdf",),
    ),
    "text file": Kind(
        words="a text file by value",
        messages=shown(FilePart(data=TEXT, media_type="text/plain")),
        leaves=(TEXT,),
        meant=lambda sent: sent.has("plain text"),
    ),
    "file name": Kind(
        words="the name of a file",
        messages=shown(FilePart(data=PDF, media_type="application/pdf", filename="report-7.pdf")),
        leaves=("report-7",),
    ),
    "video": Kind(
        words="a video by value",
        messages=shown(FilePart(data=VIDEO, media_type="video/mp4")),
        leaves=(VIDEO,),
    ),
}

CALLS: Final = {
    "call": Kind(
        words="a call and its result",
        messages=called("call_1"),
        params=tool(),
        sent=lambda sent: "call_1" in sent.leaves and sent.has("sunny"),
        meant=ids_agree,
    ),
    "odd id": Kind(
        words="a call id of other characters (`functions.now:0`)",
        messages=called("functions.now:0"),
        params=tool(),
        sent=lambda sent: "functions.now:0" in sent.leaves,
        meant=ids_agree,
    ),
    "long id": Kind(
        words="a call id of 100 characters",
        messages=called("c" * 100),
        params=tool(),
        sent=lambda sent: "c" * 100 in sent.leaves,
        meant=ids_agree,
    ),
    "same id": Kind(
        words="the same call id in two turns",
        messages=[*called("call_1"), *called("call_1")],
        params=tool(),
        sent=lambda sent: sent.text.count('"call_1"') == 4,
        meant=ids_agree,
    ),
    "no answer": Kind(
        words="a call that nobody answered",
        messages=[*called("call_1")[:2], {"role": "user", "content": "And now?"}],
        params=tool(),
        leaves=("And now?", "weather"),
    ),
    "cut call": Kind(
        words="arguments that were cut off",
        messages=called("call_1", arguments='{"city":"Ro'),
        params=tool(),
        sent=lambda sent: '{"city":"Ro' in sent.leaves,
        meant=lambda sent: '\\"city\\":\\"Ro' in sent.text,
    ),
    "error": Kind(
        words="a result that is an error",
        messages=answered(Message("tool", "no data", tool_call_id="call_1", is_error=True)),
        params=tool(),
        leaves=("no data",),
    ),
    "result in parts": Kind(
        words="a result of two texts",
        messages=called("call_1", [{"type": "text", "text": t} for t in ("sunny", "warm")]),
        params=tool(),
        leaves=("sunny", "warm"),
        meant=lambda sent: "sunny" in sent.text and "warm" in sent.text,
    ),
    "result picture": Kind(
        words="a result with a picture",
        messages=answered(
            Message(
                "tool",
                (TextPart("here"), ImagePart(data=PNG, media_type="image/png")),
                tool_call_id="call_1",
            )
        ),
        params=tool(),
        leaves=(PNG, "here"),
    ),
    "result twice": Kind(
        words="a second result of a call",
        messages=[
            *answered(Message("tool", "sunny", tool_call_id="call_1")),
            Message("tool", "warm", tool_call_id="call_1"),
        ],
        params=tool(),
        leaves=("sunny", "warm"),
    ),
    "result of no call": Kind(
        words="a result that answers no call",
        messages=[
            *answered(Message("tool", "sunny", tool_call_id="call_1")),
            Message("tool", "warm", tool_call_id="call_2"),
        ],
        params=tool(),
        leaves=("sunny", "warm"),
    ),
    "result pdf": Kind(
        words="a result with a PDF",
        messages=answered(
            Message(
                "tool",
                (FilePart(data=PDF, media_type="application/pdf"),),
                tool_call_id="call_1",
            )
        ),
        params=tool(),
        leaves=(PDF,),
    ),
}

TOOLS: Final = {
    "tool": Kind(words="a tool", params=tool(), leaves=("weather", "Tells it", "city")),
    "tool without parameters": Kind(
        words="a tool without parameters",
        params={"tools": [{"name": "now", "description": "Tells it"}]},
        leaves=("now", "Tells it"),
    ),
    "mcp tool": Kind(
        words="a tool as MCP lists it",
        params={
            "tools": [{"name": "weather", "description": "Tells it", "inputSchema": CITY}],
        },
        leaves=("weather", "Tells it", "city"),
    ),
    "strict": Kind(
        words="`strict` of a tool",
        params=tool(strict=True, parameters=CLOSED),
        sent=lambda sent: sent.body and '"strict":true' in sent.text,
        meant=is_checked,
    ),
    "strict open": Kind(
        words="`strict` of a tool with an open object",
        params=tool(strict=True, parameters=OPEN_FIELD),
        sent=lambda sent: '"strict":true' in sent.text,
        meant=is_checked,
    ),
    "cached tool": Kind(
        words="a cache point at a tool",
        params=tool(cache_control=MARK),
        sent=lambda sent: "cache_control" in sent.keys,
        meant=has_cache_point,
    ),
    "key of a tool": Kind(
        words="an unknown key of a tool", params=tool(priority=777), leaves=(777,)
    ),
    "auto": Kind(
        words="`tool_choice`: `auto`",
        params={**tool(), "tool_choice": "auto"},
        sent=lambda sent: bool({"auto", "AUTO"} & sent.leaves) or "auto" in sent.keys,
        meant=lambda sent: not sent.keys & {"tool_choice", "toolChoice"},
    ),
    "required": Kind(
        words="`tool_choice`: `required`",
        params={**tool(), "tool_choice": "required"},
        sent=lambda sent: (
            bool({"required", "any", "ANY", "REQUIRED"} & sent.leaves) or "any" in sent.keys
        ),
    ),
    "none": Kind(
        words="`tool_choice`: `none`",
        params={**tool(), "tool_choice": "none"},
        sent=lambda sent: bool({"none", "NONE"} & sent.leaves),
        meant=lambda sent: not sent.keys & {"tools", "toolConfig"},
    ),
    "named": Kind(
        words="`tool_choice`: one tool",
        params={
            "tools": [TOOL, {**TOOL, "name": "other"}],
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
        },
        sent=lambda sent: (
            bool(sent.keys & {"tool_choice", "toolChoice", "allowedFunctionNames"})
            and "other" in sent.leaves
        ),
        meant=offers_one,
    ),
    "allowed": Kind(
        words="`tool_choice`: some tools (`allowed_tools`)",
        params={
            "tools": [TOOL, {**TOOL, "name": "other"}, {**TOOL, "name": "third"}],
            "tool_choice": {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"name": "weather"}, {"name": "other"}],
            },
        },
        sent=lambda sent: "third" in sent.leaves,
    ),
    "one at a time": Kind(
        words="`parallel_tool_calls=False`",
        params={**tool(), "parallel_tool_calls": False},
        sent=lambda sent: '"parallel_tool_calls":false' in sent.text,
        meant=lambda sent: '"disable_parallel_tool_use":true' in sent.text,
    ),
}

FORMATS: Final = {
    "schema": Kind(
        words="a schema for the answer",
        params=form(CLOSED),
        sent=lambda sent: "city" in sent.text,
    ),
    "optional": Kind(
        words="a schema with an optional field",
        params=form(OPTIONAL),
        sent=lambda sent: "day" in sent.text,
    ),
    "strict schema": Kind(
        words="`strict` of a schema with a pattern that looks ahead",
        params=form(LOOKAROUND, strict=True),
        sent=lambda sent: '"strict":true' in sent.text,
        meant=lambda sent: "(?!x)" in sent.text,
    ),
    "open": Kind(
        words="a schema with an open object",
        params=form(OPEN_FIELD),
        sent=lambda sent: "tags" in sent.text,
    ),
    "lookaround": Kind(
        words="a schema with a pattern that looks ahead",
        params=form(LOOKAROUND),
        sent=lambda sent: "(?!x)" in sent.text,
    ),
    "recursive": Kind(
        words="a schema that holds itself",
        params=form(RECURSIVE),
        sent=lambda sent: "Node" in sent.text,
    ),
    "json": Kind(
        words="`response_format`: `json_object`",
        messages="Answer in JSON.",
        params={"response_format": {"type": "json_object"}},
        sent=lambda sent: bool({"json_object", "json", "application/json"} & sent.leaves),
        meant=lambda sent: "json_schema" in sent.leaves,
    ),
    "schema and tools": Kind(
        words="a schema for the answer beside tools",
        params={**form(CLOSED), **tool(parameters=OPTIONAL)},
        sent=lambda sent: (
            "answer" in sent.text
            or not sent.keys.isdisjoint({"responseJsonSchema", "format", "response_format"})
        ),
    ),
}


def number(name: str, value: Any, words: str = "", **beside: Any) -> Kind:
    """A parameter whose value must be in the body."""
    shown = f"`{name}={value!r}`" if isinstance(value, (int, float)) else f"`{name}`"
    return Kind(words=words or shown, params={name: value, **beside}, leaves=(value,))


PARAMETERS: Final = {
    "temperature": number("temperature", 0.25),
    "hot": number("temperature", 1.5),
    "top_p": number("top_p", 0.75),
    "both": Kind(
        words="`temperature` beside `top_p`",
        params={"temperature": 0.25, "top_p": 0.75},
        leaves=(0.25, 0.75),
    ),
    "sampling and effort": Kind(
        words="`temperature` beside `reasoning_effort='low'`",
        params={"temperature": 0.25, "reasoning_effort": "low"},
        leaves=(0.25,),
    ),
    "top_k": number("top_k", 41, words="`top_k`"),
    "max_tokens": number("max_tokens", 1234),
    "stop": Kind(words="`stop`", params={"stop": ["END"]}, leaves=("END",)),
    "many stops": Kind(
        words="six `stop` sequences",
        params={"stop": ["s-1", "s-2", "s-3", "s-4", "s-5", "s-6"]},
        leaves=("s-1", "s-6"),
    ),
    "seed": number("seed", 4321),
    "presence_penalty": number("presence_penalty", 0.5),
    "logit_bias": Kind(
        words="`logit_bias`",
        params={"logit_bias": {"1234": 5}},
        sent=lambda sent: "1234" in sent.keys,
    ),
    "metadata": Kind(
        words="`metadata`",
        params={"metadata": {"case": "c-17"}},
        leaves=("c-17",),
    ),
    "logprobs": Kind(
        words="`logprobs=2`",
        params={"logprobs": 2},
        sent=lambda sent: 2 in sent.leaves,
    ),
    "effort": Kind(
        words="`reasoning_effort='low'`",
        params={"reasoning_effort": "low"},
        sent=lambda sent: "low" in sent.leaves,
        meant=lambda sent: bool({"budget_tokens", "thinkingBudget"} & sent.keys),
    ),
    "no effort": Kind(
        words="`reasoning_effort='none'`",
        params={"reasoning_effort": "none"},
        sent=lambda sent: "none" in sent.leaves,
        meant=lambda sent: (
            "thinkingBudget" in sent.keys
            or '"type":"disabled"' in sent.text
            or '"think":false' in sent.text
            or '"enable_thinking":false' in sent.text
            or not sent.keys & {"thinking", "output_config", "additionalModelRequestFields"}
        ),
    ),
    "user": Kind(
        words="`user`",
        params={"user": "u-17"},
        sent=lambda sent: sent.body.get("user") == "u-17",
        meant=lambda sent: "u-17" in sent.leaves,
    ),
}

GROUPS: Final = {
    "Messages": MESSAGES,
    "Parts of a message": PARTS,
    "Calls and results": CALLS,
    "Tools": TOOLS,
    "The form of the answer": FORMATS,
    "Parameters": PARAMETERS,
}

KINDS: Final = {name: kind for group in GROUPS.values() for name, kind in group.items()}
assert len(KINDS) == sum(map(len, GROUPS.values())), "a name stands twice"
