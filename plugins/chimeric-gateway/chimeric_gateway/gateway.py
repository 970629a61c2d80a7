"""The gateway as an ASGI application."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from chimeric import ChimericError, ModelNotSupportedError

from .asked import Asked
from .calls import (
    Call,
    ClientLeftError,
    Closing,
    Connection,
    Receive,
    Scope,
    Send,
    User,
    asked_of,
    json_object,
    while_there,
)
from .clients import Allowances, Keys
from .config import ClientSettings, Settings, load
from .models import Models
from .refusal import Refusal
from .routes import Route, route_of
from .upstreams import Upstreams
from .upstreams.failures import unknown_model

__all__ = ["Gateway", "app"]

logger = logging.getLogger("chimeric_gateway")


def app(config: str | os.PathLike[str] | Mapping[str, Any] | Settings | None = None) -> Gateway:
    """A gateway, for any ASGI server.

    Args:
        config: the path of a TOML file, a mapping as the file would be, settings that were
            loaded, or None for none: every routable model, for everybody who reaches it.

    Raises:
        ConfigError: for the first fault of the configuration, in one line.

    Example:
        .. code-block:: python

            # uvicorn my_gateway:application
            application = chimeric_gateway.app({"models": {"fast": {"model": "sim:story"}}})
    """
    return Gateway(load(config))


class Gateway:
    """The ASGI application that ``app`` makes; one for each process and event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._keys = Keys(settings.clients)
        self._allowances = Allowances(settings)
        self._closing = Closing(settings.grace)
        self._made: tuple[Upstreams, Models] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's life."""
        match scope["type"]:
            case "http":
                await self._answer(Connection(scope, receive, send))
            case "lifespan":
                await self._live(receive, send)
            case _:  # a WebSocket: there is none
                await receive()
                await send({"type": "websocket.close", "code": 1000})

    def stop(self) -> None:
        """The server goes down: open streams have ``grace`` seconds. May be called by a signal."""
        self._closing.stop()

    # --- its life --------------------------------------------------------------------------------

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._upstreams()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._made is not None:
                    await self._made[0].close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _upstreams(self) -> tuple[Upstreams, Models]:
        if self._made is None:  # a server without lifespan, or its begin
            upstreams = Upstreams(self.settings)
            self._made = upstreams, Models(self.settings, upstreams.client)
        return self._made

    # --- one request -----------------------------------------------------------------------------

    async def _answer(self, connection: Connection) -> None:
        route = route_of(connection.path, connection.headers)
        reading = _Reading(connection)
        self._closing.add(reading)
        try:
            answer = await self._prepared(connection, route)
        except Refusal as refusal:
            await self._refuse(connection, route, refusal)
            return
        except ClientLeftError:
            return
        except Exception:
            logger.exception("the gateway failed to read a request")
            failed = Refusal(500, "the gateway failed", code="gateway_error")
            await self._refuse(connection, route, failed)
            return
        finally:
            self._closing.discard(reading)
        await answer()

    async def _refuse(self, connection: Connection, route: Route, refusal: Refusal) -> None:
        status, headers, body = route.protocol.refuse(refusal)
        if isinstance(refusal, _NotAllowedError):
            headers = {**headers, "allow": ", ".join(refusal.methods)}
        await connection.reply(status, headers, body)

    async def _prepared(
        self, connection: Connection, route: Route
    ) -> Callable[[], Awaitable[None]]:
        """What answers a request.

        Raises:
            Refusal: where there is nothing to answer.
        """
        client = None if route.kind == "health" else self._keys.client_of(connection.headers)
        if route.methods and connection.method not in route.methods:
            raise _NotAllowedError(route.methods)
        if route.kind == "health":
            return lambda: connection.reply(200, {}, b'{"status":"ok"}')
        match route.kind:
            case "generate":
                return await self._generating(connection, route, client)
            case "count":
                return await self._counting(connection, route, client)
            case "models":
                page = await self._upstreams()[1].page(client)
                return lambda: connection.reply(200, {}, page)
            case "model":
                one = await self._upstreams()[1].one(route.name, client)
                return lambda: connection.reply(200, {}, one)
            case "stored":
                raise Refusal(404, "this gateway stores no responses")
            case _:
                raise Refusal(404, f"there is nothing at {connection.path[:200]}")

    async def _asked(
        self, connection: Connection, route: Route, client: ClientSettings | None
    ) -> Asked:
        body = json_object(await connection.body(self.settings.max_body))
        asked = route.protocol.read(body)
        if client is not None and client.models is not None and asked.model not in client.models:
            if self.settings.models and asked.model not in self.settings.models:
                raise unknown_model(asked.model)
            text = f"this key may not use the model {asked.model[:200]!r}"
            raise Refusal(403, text, code="model_not_allowed", param="model")
        return asked

    async def _generating(
        self, connection: Connection, route: Route, client: ClientSettings | None
    ) -> Callable[[], Awaitable[None]]:
        asked = await self._asked(connection, route, client)
        upstreams = self._upstreams()[0]
        upstream = upstreams.of(asked.model)
        await self._allowances.take(client)
        user = User(client="" if client is None else client.name, model=asked.model)
        call = Call(
            connection,
            route.protocol,
            asked,
            upstreams,
            upstream,
            user,
            keepalive=self.settings.keepalive,
            log_content=self.settings.log_content,
        )

        async def run() -> None:
            self._closing.add(call)
            try:
                if self._closing.over:
                    call.end()
                await call.run()
            finally:
                self._closing.discard(call)

        return run

    async def _counting(
        self, connection: Connection, route: Route, client: ClientSettings | None
    ) -> Callable[[], Awaitable[None]]:
        asked = await self._asked(connection, route, client)
        upstreams = self._upstreams()[0]
        upstream = upstreams.of(asked.model)
        await self._allowances.take(client)
        user = User(client="" if client is None else client.name, model=asked.model)
        try:
            arguments, _ = asked_of(upstream, asked, connection.headers.get("anthropic-beta"))
            counting = upstreams.client.acount_tokens(
                upstream.model, auto_tool=False, user_context=user, **arguments
            )
            tokens = await while_there(connection, self._closing, counting)
        except ModelNotSupportedError:
            text = f"the tokens of {asked.model[:200]!r} cannot be counted"
            raise Refusal(404, text, code="not_supported") from None
        except ChimericError as error:
            raise upstreams.refusal_of(error, upstream) from None
        body = msgspec.json.encode({"input_tokens": tokens})
        return lambda: connection.reply(200, {}, body)


class _NotAllowedError(Refusal):
    def __init__(self, methods: tuple[str, ...]) -> None:
        super().__init__(405, f"this path takes {' and '.join(methods)}")
        self.methods = methods


class _Reading:
    """A request that is being read, when the gateway goes down."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def end(self) -> None:
        """Read no more."""
        self._connection.hurry()
