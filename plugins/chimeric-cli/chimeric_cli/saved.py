"""A conversation as a file: JSON that can be loaded again, or Markdown to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from chimeric import Message, from_json, normalize_messages, to_json

from .conversation import Conversation

__all__ = ["read_conversation", "write_conversation"]

FORM = 2
"""The number of the form that is written. The first had no number, and is read."""


def write_conversation(talk: Conversation, path: Path, *, over: bool = False) -> None:
    """Write it: as JSON to a name that ends so, else as Markdown.

    Raises:
        FileExistsError: when the file is there already and is not to be written over.
        OSError: when it cannot be written.
    """
    text = _as_json(talk) if path.suffix == ".json" else _as_text(talk)
    with path.open("w" if over else "x", encoding="utf-8") as file:
        file.write(text)


def read_conversation(talk: Conversation, path: Path) -> None:
    """Go on with what is in a file.

    Raises:
        OSError: when it cannot be read.
        ValueError: when it is no conversation; the talk is left as it was.
        ConfigurationError: when a message in it cannot be read.
    """
    try:
        told: Any = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("this is no JSON; /load reads what /save FILE.json wrote") from None
    if not isinstance(told, dict) or "messages" not in told:
        raise ValueError("this is no saved conversation; /load reads what /save FILE.json wrote")
    saved: dict[str, Any] = {}
    saved |= told
    if saved.get("v", 1) not in (1, FORM):
        raise ValueError("a later version of chimeric-cli wrote this: update it")
    messages = saved["messages"]
    read: list[Message]
    if isinstance(messages, dict):
        read = from_json(msgspec.json.encode(messages))
    else:
        read = list(normalize_messages(messages))
    talk.replace(read)
    model, system = saved.get("model"), saved.get("system")
    talk.model = model if isinstance(model, str) and model else talk.model
    talk.system = system if isinstance(system, str) else None


def _as_json(talk: Conversation) -> str:
    data = {
        "v": FORM,
        "model": talk.model,
        "system": talk.system,
        "messages": msgspec.Raw(to_json(talk.messages).encode()),
    }
    return msgspec.json.format(msgspec.json.encode(data)).decode() + "\n"


def _as_text(talk: Conversation) -> str:
    system = [f"## system\n\n{talk.system}\n"] if talk.system else []
    return "\n".join(system + [f"## {m.role}\n\n{m.text}\n" for m in talk.messages])
