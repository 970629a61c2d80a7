"""One client in a process of its own: takes orders as JSON lines, answers with what it saw.

``python -m tests.protocols.peers.worker <client>``, in the environment of its library.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import time
from typing import TextIO

from .clients import CLIENTS
from .outcome import Adapter, Order, Outcome, told

__all__: list[str] = []


def adapter_of(name: str) -> Adapter:
    """The adapter of a client; its library is imported when it makes its client."""
    client = next(client for client in CLIENTS if client.name == name)
    module, _, cls = client.adapter.partition(":")
    found = importlib.import_module(f"{__package__}.{module}")
    adapter: Adapter = getattr(found, cls)()
    return adapter


def play(name: str, order: Order) -> Outcome:
    """Ask as often as the order says; what the last time brought."""
    adapter, seen = adapter_of(name), Outcome()
    try:
        adapter.open(order)
        for turn in range(order.calls):
            if turn:
                time.sleep(0.2)
            seen = Outcome()
            adapter.play(order, seen)
    except Exception as error:
        seen.error = told(error)
    return seen


def serve(name: str, replies: TextIO) -> None:
    """Answer every line with a line, as soon as the library is imported."""
    client = next(client for client in CLIENTS if client.name == name)
    adapter_of(name).open(Order("", "http://127.0.0.1:9", client.protocols[0]))
    replies.write("ready\n")
    replies.flush()
    for line in sys.stdin:
        seen = play(name, Order(**json.loads(line)))
        replies.write(seen.to_json() + "\n")
        replies.flush()


if __name__ == "__main__":
    # Whatever a library prints goes elsewhere than the replies.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with contextlib.suppress(KeyboardInterrupt):
        serve(sys.argv[1], channel)
