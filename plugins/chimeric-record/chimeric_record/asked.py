"""What a request's context tells of the call that it belongs to."""

from __future__ import annotations

import platform
import secrets
import time

from chimeric import WireRequest, __version__

from .exchange import Asked

__all__ = ["asked_by"]


def asked_by(request: WireRequest) -> Asked | None:
    """The call of a request; None where it belongs to none."""
    context = request.context
    if context is None:
        return None
    return Asked(
        provider=context.provider,
        endpoint=context.endpoint,
        model=context.request.model,
        stream=context.request.stream,
        turn=context.turn,
        attempt=context.attempt,
        call=context.state.setdefault("chimeric-record", secrets.token_hex(8)),
        began=round(context.elapsed, 6),
        date=round(time.time(), 3),
        versions={"chimeric-core": __version__, "python": platform.python_version()},
    )
