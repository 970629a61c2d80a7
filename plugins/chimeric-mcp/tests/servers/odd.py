"""A server without the SDK, which speaks the protocol of 2025 and does odd things when told to.

``odd.py BEHAVIOUR [SECRET]``; what it is told to do is in ``TOOLS`` and ``main``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

BEHAVIOUR = sys.argv[1] if len(sys.argv) > 1 else "plain"
OBJECT = {"type": "object", "properties": {"word": {"type": "string"}}}


def tool(name: str, schema: Any = OBJECT, **more: Any) -> dict[str, Any]:
    return {"name": name, "description": f"The tool {name}.", "inputSchema": schema, **more}


TOOLS: dict[str, list[dict[str, Any]]] = {
    "plain": [tool("say"), tool("other")],
    "rubbish": [tool("say")],
    "twice": [tool("say"), tool("say"), tool("other")],
    "names": [tool("say it aloud"), tool("x" * 200), tool("a.b/c"), tool("7up"), tool("größe")],
    "schemas": [
        tool("say"),
        tool("list", {"type": "array", "items": {}}),
        tool("lost", {"type": "object", "properties": {"a": {"$ref": "#/$defs/None"}}}),
        tool("word", {"type": "object", "properties": {"a": {"type": "wrod"}}}),
        tool("bare", {}),
        tool("old", {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}),
    ],
    "many": [tool(f"tool_{n}") for n in range(250)],
    "changing": [tool("say")],
}


def send(message: dict[str, Any]) -> None:
    if "last" in BEHAVIOUR:
        message = {key: message[key] for key in sorted(message, key="result".__ne__)}
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": said}], **more}


ASKED: dict[str, dict[str, Any]] = {
    "elicitation/create": {
        "message": "Which seat?",
        "requestedSchema": {"type": "object", "properties": {"seat": {"type": "string"}}},
    },
    "sampling/createMessage": {
        "messages": [{"role": "user", "content": {"type": "text", "text": "Sum it up."}}],
        "maxTokens": 100,
    },
}


def ask(method: str) -> Any:
    """Ask the client, and wait for what it says."""
    send({"jsonrpc": "2.0", "id": method, "method": method, "params": ASKED[method]})
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("id") == method:
            return message.get("result") or message["error"]["message"]
    return None


def page(cursor: str | None) -> dict[str, Any]:
    tools = TOOLS.get(BEHAVIOUR, TOOLS["plain"])
    if BEHAVIOUR == "endless":
        number = int(cursor or 0)
        return {"tools": [tool(f"tool_{number}")], "nextCursor": str(number + 1)}
    if BEHAVIOUR == "circle":
        return {"tools": [tool(f"tool_{cursor or 'first'}")], "nextCursor": "again"}
    start = int(cursor or 0)
    following = {"nextCursor": str(start + 100)} if start + 100 < len(tools) else {}
    return {"tools": tools[start : start + 100], **following}


def called(name: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
    match BEHAVIOUR:
        case "mute":
            return None
        case "huge" | "huge, id last":
            return text("x" * 50_000_000)
        case "long":
            return text("x" * 2_000_000)
        case "huge picture":
            return {
                "content": [{"type": "image", "data": "A" * 20_000_000, "mimeType": "image/png"}]
            }
        case "strange content":
            return {"content": [{"type": "hologram", "data": "?"}]}
        case "no content":
            return {}
        case "empty":
            return {"content": []}
        case "structured":
            return {"content": [], "structuredContent": {"word": arguments.get("word")}}
        case "failing":
            return text("the shelf is empty", isError=True)
        case "failing silently":
            return {"content": [], "isError": True}
        case "changing":
            TOOLS["changing"].append(tool("new"))
            send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        case "asking":
            return text(json.dumps([ask("elicitation/create"), ask("sampling/createMessage")]))
        case "logging":
            about = {"level": "info", "data": "at the shelf"}
            send({"jsonrpc": "2.0", "method": "notifications/message", "params": about})
        case "long rubbish":
            sys.stdout.write("x" * 40_000_000 + "\n")
        case "dying":
            os._exit(1)
    return text(f"{name}: {json.dumps(arguments)}")


def answer(message: dict[str, Any]) -> dict[str, Any] | None:
    params = message.get("params") or {}
    match message["method"]:
        case "initialize":
            return {
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "odd", "version": "1"},
            }
        case "tools/list":
            return page(params.get("cursor"))
        case "tools/call":
            return called(params["name"], params.get("arguments") or {})
        case _:
            raise LookupError(message["method"])


def main() -> None:
    if BEHAVIOUR == "dead":
        sys.stderr.write("no such shelf\n")
        raise SystemExit(3)
    if BEHAVIOUR == "silent":
        time.sleep(60)
    if BEHAVIOUR == "stubborn":
        import signal

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in sys.stdin:
        message = json.loads(line)
        if BEHAVIOUR == "rubbish":
            sys.stdout.write('Hello! I am a server.\n\x00\x1b[31m{]\n{"jsonrpc": 1}\n')
        if "id" not in message or "method" not in message:
            continue
        try:
            result = answer(message)
        except LookupError:
            fault = {"code": -32601, "message": "no such method"}
            send({"jsonrpc": "2.0", "id": message["id"], "error": fault})
        else:
            if result is not None:
                send({"jsonrpc": "2.0", "id": message["id"], "result": result})
    while BEHAVIOUR == "stubborn":
        time.sleep(1)


if __name__ == "__main__":
    main()
