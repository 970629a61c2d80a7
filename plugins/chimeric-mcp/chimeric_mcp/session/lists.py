"""Lists of tools, mended on their way to the SDK: it takes none of a list if it cannot read one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

__all__ = ["MendedStream", "mended"]

SPARE: Final = ("outputSchema", "annotations", "icons", "execution", "_meta", "title")
"""What a tool may lose and still be one."""

Takes = Callable[[Mapping[str, Any]], str | None]
"""What is wrong with a list as the protocol has it, or None."""


def mended(result: Mapping[str, Any], takes: Takes) -> tuple[list[Any], list[str]]:
    """The tools of a list that can be read, and what is wrong with those that cannot.

    A schema without a type is an object's. What a tool can do without is dropped where it is wrong.

    Example:
        >>> def takes(result): return None if result["tools"][0]["name"] else "no name"
        >>> mended({"tools": [{"name": "a"}, {"name": ""}]}, takes)
        ([{'name': 'a', 'inputSchema': {'type': 'object'}}], ["a tool named '': no name"])
    """
    kept: list[Any] = []
    faults: list[str] = []
    for told in result["tools"]:
        if not isinstance(told, Mapping):
            faults.append(f"a tool that is no object: {told!r:.60}")
            continue
        tool = dict(cast("Mapping[str, Any]", told))
        schema = tool.get("inputSchema")
        if schema is None or isinstance(schema, Mapping):
            given = cast("Mapping[str, Any]", schema or {})
            tool["inputSchema"] = {**given, "type": given.get("type") or "object"}
        fault = takes({**result, "tools": [tool]})
        if fault is not None:
            spare = {key: value for key, value in tool.items() if key not in SPARE}
            if takes({**result, "tools": [spare]}) is None:
                tool, fault = spare, None
        if fault is None:
            kept.append(tool)
        else:
            faults.append(f"a tool named {tool.get('name')!r:.90}: {fault}")
    return kept, faults


class MendedStream:
    """What a transport reads, with lists of tools that the SDK can read."""

    def __init__(self, stream: Any, takes: Takes, report: Callable[[list[str]], object]) -> None:
        self._stream = stream
        self._takes = takes
        self._report = report

    async def receive(self) -> Any:
        """The next message."""
        return self._mended(await self._stream.receive())

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    def close(self) -> None:
        """The same, at once."""
        self._stream.close()

    @property
    def last_context(self) -> Any:
        """In which context the last message was sent, where the transport tells."""
        return getattr(self._stream, "last_context", None)

    def __aiter__(self) -> MendedStream:
        return self

    async def __anext__(self) -> Any:
        return self._mended(await self._stream.__anext__())

    async def __aenter__(self) -> MendedStream:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> Any:
        return await self._stream.__aexit__(*raised)

    def _mended(self, item: Any) -> Any:
        result: Any = getattr(getattr(item, "message", None), "result", None)
        told = cast("dict[str, Any]", result) if isinstance(result, dict) else {}
        if isinstance(told.get("tools"), list) and self._takes(told) is not None:
            told["tools"], faults = mended(told, self._takes)
            self._report(faults)
        return item
