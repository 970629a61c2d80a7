"""The plugin contract: every hook, when it runs, what it gets and what it may return.

All hooks are synchronous functions on values, so one implementation serves sync and async
clients. None does I/O by itself: ``prepare_request``, ``answer``, ``attempt``, ``credentials``,
``call_tool``, ``recover``, ``finish_turn`` and a processor's ``process`` and ``flush`` may be
generators that ask for it (``yield from wait(...)``, ``fetch``, ``run``). What the call returned
decides. An implementation names only the arguments that it wants.

A *provider* implements the first group for itself; the core calls exactly that plugin.
*Middleware* implements any of the second group; the core calls every plugin in pluggy's order
(last registered first, ``tryfirst`` before, ``trylast`` after).

pluggy validates and orders the hooks. The hooks that run for each event or chunk are compiled
into direct calls when a stream starts.
"""

# A specification has no body: what it returns is what implementations return.
# mypy: disable-error-code="empty-body"
# pyright: reportReturnType=false
from __future__ import annotations

from . import provider
from .middleware import *  # noqa: F403 -- all that they hold are specifications
from .provider import *  # noqa: F403

PROVIDER_HOOKS = tuple(name for name in vars(provider) if name.startswith("chimeric_"))
"""Hooks that belong to one provider; all others are middleware."""
