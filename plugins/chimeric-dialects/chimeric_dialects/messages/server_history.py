"""Blocks of the service's own tools that come back in the history."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import is_array, is_object
from chimeric_dialects.signatures import Signer

from .errors import bad_request

__all__ = ["ServerHistory"]


class ServerHistory:
    """Reads the server tools of one message: every call wants its result, every result its call.

    Attributes:
        names: the tools that ran.
        waiting: calls without a result. Beside calls of the caller's tools their results come at
            the beginning of the next answer (recorded answers of ``tool_search``).
    """

    def __init__(
        self, signer: Signer | None, waiting: dict[str, tuple[str, str]] | None = None
    ) -> None:
        self.names: list[str] = []
        self._signer = signer
        self.waiting: dict[str, tuple[str, str]] = dict(waiting or {})

    def read(self, block: dict[str, Any], where: str) -> bool:
        """Whether a block is one of a server tool; it is judged then.

        Raises:
            Problem: where the service refuses it.
        """
        kind = block["type"]
        if kind in ("server_tool_use", "mcp_tool_use"):
            self._call(block, where, kind)
        elif kind.endswith("_tool_result"):
            self._result(block, where, kind)
        else:
            return False
        return True

    def check_ended(self, place: str) -> None:
        """See that all calls have their results.

        Raises:
            Problem: where one has none.
        """
        for call_id, (name, where) in self.waiting.items():
            result = "mcp" if call_id.startswith("mcptoolu_") else name
            raise bad_request(
                where or place,
                f"`{name}` tool use with id `{call_id}` was found without a corresponding "
                f"`{result}_tool_result` block",
            )

    def _call(self, block: dict[str, Any], where: str, kind: str) -> None:
        for key in ("id", "name") if kind == "server_tool_use" else ("id", "name", "server_name"):
            if not isinstance(block.get(key), str):
                raise bad_request(f"{where}.{kind}.{key}", "Field required")
        if not is_object(block.get("input")):
            raise bad_request(f"{where}.{kind}.input", "Input should be a valid dictionary")
        prefix = "srvtoolu_" if kind == "server_tool_use" else "mcptoolu_"
        if not block["id"].startswith(prefix):
            word = f"String should match pattern '^{prefix}[a-zA-Z0-9_]+$'"
            raise bad_request(f"{where}.{kind}.id", word)
        self.waiting[block["id"]] = block["name"], where
        self.names.append(block["name"])

    def _result(self, block: dict[str, Any], where: str, kind: str) -> None:
        call_id = block.get("tool_use_id")
        if not isinstance(call_id, str):
            raise bad_request(f"{where}.{kind}.tool_use_id", "Field required")
        if call_id not in self.waiting:
            raise bad_request(
                where,
                f"unexpected `tool_use_id` found in `{kind}` blocks: {call_id}. Each `{kind}` "
                "block must have a corresponding `server_tool_use` block before it.",
            )
        del self.waiting[call_id]
        content = block.get("content")
        if kind == "web_search_tool_result" and is_array(content):
            self._check_found(content, where)

    def _check_found(self, found: list[Any], where: str) -> None:
        for result in found:
            sealed = result.get("encrypted_content")
            if self._signer and not self._signer.verify("search", str(result.get("url")), sealed):
                raise bad_request(where, "Invalid `encrypted_content` in `search_result` block")
