"""Tools of the service's own in the ``tools`` of Responses."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import is_object
from chimeric_dialects.openai.errors import missing_parameter
from chimeric_dialects.parts import Offer, ServerToolKind
from chimeric_dialects.problems import Problem

__all__ = ["read_offer"]


_KINDS: dict[str, ServerToolKind] = {
    "web_search": "web_search",
    "web_search_preview": "web_search",
    "x_search": "web_search",
    "file_search": "file_search",
    "code_interpreter": "code_execution",
    "code_execution": "code_execution",
    "image_generation": "image_generation",
    "mcp": "mcp",
}


_DATE = re.compile(r"_\d{4}(_\d\d){2}$")


def read_offer(tool: dict[str, Any], place: str, *, official: bool) -> Offer | None:
    """What a tool stands for; None where it is the client's, or is not played here.

    Raises:
        Problem: for an MCP server without label or address, a file search without stores.
    """
    name = str(tool["type"])
    kind = _KINDS.get(_DATE.sub("", name))
    if kind is None:
        return None
    if kind == "mcp":
        return _read_mcp(tool, place)
    if kind == "file_search" and not (tool.get("vector_store_ids") or tool.get("collection_ids")):
        raise missing_parameter(f"{place}.vector_store_ids")
    if official and name == "code_interpreter" and not tool.get("container"):
        raise missing_parameter(f"{place}.container")
    previews: Any = tool.get("partial_images") or 0
    if not isinstance(previews, int) or not 0 <= previews <= 3:
        message = f"Invalid '{place}.partial_images': expected a value between 0 and 3."
        raise Problem("bad_request", message, param=f"{place}.partial_images")
    return Offer(kind=kind, name=name, previews=previews)


def _read_mcp(tool: dict[str, Any], place: str) -> Offer:
    label = tool.get("server_label")
    if not isinstance(label, str) or not label:
        raise missing_parameter(f"{place}.server_label")
    if not tool.get("server_url") and not tool.get("connector_id"):
        raise missing_parameter(f"{place}.server_url")
    # Unlike its elder sister at Anthropic, this API asks unless it is told not to.
    wanted = tool.get("require_approval", "always")
    if is_object(wanted):
        wanted = "never" if "always" not in wanted else "always"
    if wanted not in ("always", "never"):
        message = f"Invalid value: '{wanted}'. Supported values are: 'always' and 'never'."
        raise Problem("bad_request", message, param=f"{place}.require_approval")
    return Offer(kind="mcp", name="mcp", server=label, approval=wanted == "always")
