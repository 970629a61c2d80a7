"""What Bedrock refuses in a tool configuration."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import child, is_object
from chimeric_dialects.messages.limits import ModelLimits
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Tool, Turn

from .errors import bad_request

__all__ = ["TOOL_NAME", "check_claude", "check_numbers", "check_tool"]


TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


_RANGES = {"temperature": (0, 1), "topP": (0, 1), "maxTokens": (1, None)}
"""``InferenceConfiguration`` in botocore's model of the service."""


def check_numbers(body: dict[str, Any]) -> None:
    """Refuse settings out of their range, and too much metadata."""
    settings = child(body, "inferenceConfig")
    for key, (low, high) in _RANGES.items():
        value = settings.get(key)
        if value is None:
            continue
        if value < low or (high is not None and value > high):
            side = (
                f"less than or equal to {high}"
                if value > low
                else f"greater than or equal to {low}"
            )
            raise bad_request(
                f"1 validation error detected: Value '{value}' at 'inferenceConfig.{key}' failed "
                f"to satisfy constraint: Member must have value {side}"
            )
    if any(not stop for stop in settings.get("stopSequences") or ()):
        raise bad_request(
            "1 validation error detected: Value at 'inferenceConfig.stopSequences' failed to "
            "satisfy constraint: Member must have length greater than or equal to 1"
        )
    if len(child(body, "requestMetadata")) > 16:
        raise bad_request(
            "1 validation error detected: Value at 'requestMetadata' failed to satisfy constraint: "
            "Member must have length less than or equal to 16"
        )


def check_claude(body: dict[str, Any], model: str, choice: str, turns: list[Turn]) -> None:
    """What Claude refuses comes out as its own words, with Bedrock's in front."""
    limits = ModelLimits(model, "2023-06-01")
    settings, extra = child(body, "inferenceConfig"), child(body, "additionalModelRequestFields")
    thinking = child(extra, "thinking").get("type")
    sampling = {"temperature": settings.get("temperature"), "top_p": settings.get("topP")}
    effort = {"output_config": {"effort": child(body, "outputConfig").get("effort")}}
    try:
        limits.check_sampling({**extra, **{n: v for n, v in sampling.items() if v}}, thinking)
        limits.check_length(settings.get("maxTokens"))
        limits.check_effort(effort)
        if thinking == "enabled" and choice not in ("auto", "none"):
            raise bad_request("Thinking may not be enabled when tool_choice forces tool use.")
        limits.check_thinking(thinking, choice)
        limits.check_last_turn(turns[-1])
        if any(not stop.strip() for stop in settings.get("stopSequences") or ()):
            raise bad_request("stop_sequences: each stop sequence must contain non-whitespace")
    except Problem as problem:
        raise bad_request(f"The model returned the following errors: {problem.message}") from None


def check_tool(spec: dict[str, Any], index: int) -> Tool:
    """A tool specification, checked; ``index`` is its place among the tools."""
    where = f"toolConfig.tools.{index + 1}.member.toolSpec"
    name = spec.get("name")
    if not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
        raise bad_request(
            f"1 validation error detected: Value '{name}' at '{where}.name' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+"
        )
    if spec.get("description") == "":
        raise bad_request(
            f"1 validation error detected: Value '' at '{where}.description' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1"
        )
    schema = child(spec, "inputSchema").get("json")
    if not is_object(schema) or schema.get("type") != "object":
        raise bad_request(
            f"The value at {where.replace('.member', '')}.inputSchema.json.type must be one "
            "of the following: object."
        )
    return Tool(name, schema)
