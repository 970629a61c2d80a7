"""Values as they are pickled: without what is of no use elsewhere, or cannot go there."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec

__all__ = ["reduced"]


def reduced(value: msgspec.Struct, *, without: str = "", in_doubt: str = "") -> tuple[Any, ...]:
    """What ``__reduce__`` returns.

    Args:
        value: the value.
        without: a field to leave out.
        in_doubt: a field to leave out if it cannot be pickled.
    """
    fields = {name: getattr(value, name) for name in value.__struct_fields__ if name != without}
    if in_doubt and fields[in_doubt] is not None:
        try:
            pickle.dumps(fields[in_doubt])
        except Exception:  # of an object of the caller's
            del fields[in_doubt]
    return _made, (type(value), fields)


def _made(kind: type[Any], fields: dict[str, Any]) -> Any:
    known = kind.__struct_fields__
    return kind(**{name: value for name, value in fields.items() if name in known})
