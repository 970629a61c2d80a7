"""What processors ask for between chunks, performed for them."""

from __future__ import annotations

from chimeric.errors import PluginError
from chimeric.stream.delivery import Delivery
from chimeric.values.wants import WaitWant, Want

from .effects import Emit, Flow, Sleep

__all__ = ["ask"]


def ask(delivery: Delivery) -> Flow:
    """Perform what processors ask for, until none does; their chunks are emitted on the way."""
    asked = delivery.asked()
    item = next(asked, None)
    try:
        while item is not None:
            if not isinstance(item, Want):
                yield Emit(item)
                item = next(asked, None)
                continue
            try:
                if not isinstance(item, WaitWant):
                    raise PluginError("a processor can only wait here")
                yield Sleep(item.seconds)
            except Exception as error:
                item = asked.throw(error)
            else:
                item = asked.send(None)
    finally:
        asked.close()
