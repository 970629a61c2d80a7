"""The list of models: one object that the SDKs of OpenAI and Anthropic both read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from chimeric import Chimeric, ChimericError, Model

from .config import ClientSettings, Settings
from .upstreams.failures import unknown_model

__all__ = ["Models"]

FRESH = 300.0
"""Seconds for which what providers list is not asked for again."""

ASKING = 10.0
"""Seconds that a provider has to list its models."""


class Models:
    """What ``/v1/models`` tells.

    Args:
        settings: whose models are listed; without any, what the providers list that are set up.
        client: asks them.
    """

    def __init__(self, settings: Settings, client: Chimeric) -> None:
        self._settings = settings
        self._client = client
        self._created = int(time.time())
        self._entries: dict[str, int] = {}
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def page(self, client: ClientSettings | None) -> bytes:
        """All that a client may name."""
        entries = [_entry(n, created) for n, created in (await self._all(client)).items()]
        told = {
            "object": "list",
            "data": entries,
            "has_more": False,
            "first_id": entries[0]["id"] if entries else None,
            "last_id": entries[-1]["id"] if entries else None,
        }
        return msgspec.json.encode(told)

    async def one(self, name: str, client: ClientSettings | None) -> bytes:
        """One of these.

        Raises:
            Refusal: 404 for any other.
        """
        entries = await self._all(client)
        if name not in entries:
            raise unknown_model(name)
        return msgspec.json.encode(_entry(name, entries[name]))

    async def _all(self, client: ClientSettings | None) -> dict[str, int]:
        allowed = None if client is None else client.models
        if self._settings.models:
            entries = dict.fromkeys(self._settings.models, self._created)
        elif allowed is not None:
            return dict.fromkeys(allowed, self._created)
        else:
            entries = await self._listed()
        return {n: at for n, at in entries.items() if allowed is None or n in allowed}

    async def _listed(self) -> dict[str, int]:
        async with self._asking:
            if time.monotonic() >= self._until:
                self._entries = await self._ask()
                self._until = time.monotonic() + FRESH
        return self._entries

    async def _ask(self) -> dict[str, int]:
        setups = self._client.provider_setups()
        ready = [s for s in setups if s.configured and not s.problem]
        own = [s.name for s in ready if s.base_url or s.declaration.service is not None]
        places = [*self._settings.endpoints, *own]
        lists = await asyncio.gather(*map(self._of, places))
        return {
            f"{place}:{model.id}": model.created or self._created
            for place, models in zip(places, lists, strict=True)
            for model in models
        }

    async def _of(self, place: str) -> Iterable[Model]:
        try:
            return await self._patient.alist_models(place)
        except ChimericError:
            return ()  # it has no list, or cannot be asked: its models may be named all the same

    @property
    def _patient(self) -> Chimeric:
        return self._client.with_options(timeout=ASKING)


def _entry(name: str, created: int) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": created,
        "owned_by": "chimeric",
        "type": "model",
        "display_name": name,
        "created_at": datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
