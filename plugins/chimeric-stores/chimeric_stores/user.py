"""What the caller said of who is asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric import Context

__all__ = ["of_user"]


def of_user(context: Context, name: str) -> str:
    """What ``context.user`` has under a name: the value of a mapping's key, or of an attribute.

    Args:
        context: the call's.
        name: of the key or attribute.

    Raises:
        LookupError: where there is none; it tells how to pass one.

    Example:
        .. code-block:: python

            client.generate("gpt-4o", "Hi", user_context={"tenant": "acme"})
            # in a hook of that call:
            of_user(context, "tenant")  # "acme"
    """
    user: object = context.user
    try:
        if isinstance(user, Mapping):
            value: Any = cast("Mapping[str, Any]", user)[name]
        else:
            value = getattr(user, name)
    except (AttributeError, KeyError):
        raise LookupError(
            f"the call's user_context has no {name!r}: pass user_context={{{name!r}: ...}}"
        ) from None
    return str(value)
