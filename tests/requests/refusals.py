"""What services refuse in a request besides what the simulator looks for, each in their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

__all__ = ["refusals"]

LOOKAROUND = re.compile(r"\(\?<?[=!]")


def refusals(model: str, body: dict[str, Any]) -> list[str]:
    """The errors that the service of a model would answer."""
    provider, _, name = model.partition(":")
    if provider == "google":
        return [*_gemini(body, old="gemini-2" in name)]
    if provider == "anthropic":
        return [*_claude(name, body, body, body.get("system"))]
    if provider == "bedrock":
        return [*_converse(name, body)]
    return [*_openai(body)] if provider == "openai" else []


def _gemini(body: dict[str, Any], *, old: bool) -> Iterator[str]:
    tools = [name for tool in body.get("tools", ()) for name in tool]
    functions = "functionDeclarations" in tools
    form = body.get("generationConfig", {}).get("responseMimeType", "text/plain")
    if old and functions and form != "text/plain":
        yield f"Function calling with a response mime type: {form!r} is unsupported"
    if old and functions and len(set(tools)) > 1:
        yield "Tool use with function calling is unsupported"
    for content in body["contents"]:
        for part in content["parts"]:
            answer = part.get("functionResponse", {})
            if any("$ref" in node for node in _nodes(answer.get("response"))):
                yield "The referenced name in function_response.response does not match"


def _claude(
    name: str, body: dict[str, Any], sampling: dict[str, Any], system: object
) -> Iterator[str]:
    thinking = body.get("thinking", {}).get("type")
    both = "temperature" in sampling and {"top_p", "topP"} & sampling.keys()
    if both and "3-" not in name:
        yield "`temperature` and `top_p` cannot both be specified for this model"
    if thinking in ("enabled", "adaptive") and sampling.get("temperature", 1) != 1:
        yield "`temperature` may only be set to 1 when thinking is enabled"
    choice = body.get("tool_choice", {}).get("type")
    if thinking == "enabled" and choice in ("any", "tool"):
        yield "Thinking may not be enabled when tool_choice forces tool use"
    turns = body["messages"]
    last = turns[-1]["content"] if turns and turns[-1]["role"] == "assistant" else ""
    text = last if isinstance(last, str) else last[-1].get("text", "") if last else ""
    if text != text.rstrip():
        yield "final assistant content cannot end with trailing whitespace"
    if thinking == "enabled" and _answers_calls_without_thoughts(turns):
        yield "Expected `thinking` or `redacted_thinking`, but found `tool_use`"


def _answers_calls_without_thoughts(turns: list[dict[str, Any]]) -> bool:
    if len(turns) < 2 or not isinstance(turns[-1]["content"], list):
        return False
    if not any(
        block.keys() & {"toolResult"} or _type(block) == "tool_result"
        for block in turns[-1]["content"]
    ):
        return False
    first = turns[-2]["content"][0]
    return "reasoningContent" not in first and "thinking" not in _type(first)


def _type(block: dict[str, Any]) -> str:
    return str(block.get("type", ""))


def _converse(name: str, body: dict[str, Any]) -> Iterator[str]:
    fields = body.get("additionalModelRequestFields", {})
    chosen = next(iter(body.get("toolConfig", {}).get("toolChoice", {})), "")
    if "anthropic." in name:
        told = {"messages": body["messages"], "tool_choice": {"type": chosen}, **fields}
        yield from _claude(name, told, body.get("inferenceConfig", {}), None)
    form = body.get("outputConfig", {}).get("textFormat", {}).get("structure", {})
    schemas = [form["jsonSchema"]["schema"]] if form else []
    for schema in map(msgspec.json.decode, schemas):
        yield from _open_objects(schema)
    for tool in body.get("toolConfig", {}).get("tools", ()):
        if tool.get("toolSpec", {}).get("strict"):
            yield from _open_objects(tool["toolSpec"]["inputSchema"]["json"])


def _open_objects(schema: object) -> Iterator[str]:
    for node in _nodes(schema):
        if node.get("type") == "object" and node.get("additionalProperties") is not False:
            yield "For 'object' type, 'additionalProperties' must be explicitly set to false"
            return


def _openai(body: dict[str, Any]) -> Iterator[str]:
    for tool in body.get("tools", ()):
        function = tool.get("function", tool)
        schema = function.get("parameters")
        if schema and schema.get("type") == "object" and "properties" not in schema:
            yield "object schema missing properties"
        if function.get("strict"):
            yield from _looks_around(schema)
    form = body.get("text", {}).get("format") or body.get("response_format") or {}
    form = form.get("json_schema", form)
    if form.get("strict"):
        yield from _looks_around(form.get("schema"))


def _looks_around(schema: object) -> Iterator[str]:
    for node in _nodes(schema):
        if LOOKAROUND.search(str(node.get("pattern", ""))):
            yield "lookaround is not supported in a pattern"


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """All objects of a value."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack += item.values()
        elif isinstance(item, list):
            stack += item
