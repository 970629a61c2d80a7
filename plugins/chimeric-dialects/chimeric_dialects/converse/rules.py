"""What Bedrock refuses in a tool configuration."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import child, is_object
from chimeric_dialects.prompts import Tool

from .errors import bad_request

__all__ = ["TOOL_NAME", "check_tool"]


TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


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
