"""The machine inside a client: its plugins, set-up, transports and running calls."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chimeric.errors import ConfigurationError, ToolRegistrationError
from chimeric.exchange.call import Call, Route
from chimeric.exchange.effects import Flow
from chimeric.exchange.retry import RetryPolicy
from chimeric.plugins.hooks import Hooks
from chimeric.plugins.registry import Registry
from chimeric.plugins.routing import find_provider
from chimeric.transport.sync_driver import SyncDriver
from chimeric.transport.transports import Transports
from chimeric.values.limits import Limits, Timeout
from chimeric.values.messages import MessageInput
from chimeric.values.requests import Request
from chimeric.values.tools import Tool

from .params import make_request
from .settings import Settings

if TYPE_CHECKING:
    from chimeric.exchange.hooks.credentials import Vault
    from chimeric.transport.async_driver import AsyncDriver

__all__ = ["Engine"]


class Engine:
    """What a client's methods work with; one for each client."""

    def __init__(
        self,
        registry: Registry,
        settings: Settings,
        transports: Transports,
        *,
        timeout: Timeout,
        max_retries: int,
        headers: Mapping[str, str],
        strict: bool,
        limits: Limits,
        max_parallel_tools: int,
    ) -> None:
        self.registry = registry
        self.settings = settings
        self.tools: dict[str, Tool] = {}
        self._transports = transports
        self._timeout = timeout
        self._retry = RetryPolicy(max_retries)
        self._headers = dict(headers)
        self._strict = strict
        self._limits = limits
        self._max_parallel_tools = max_parallel_tools
        self._hooks = Hooks(registry.manager)
        self._hooks_version = registry.version
        self._drivers: weakref.WeakSet[SyncDriver | AsyncDriver] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._closed = False
        self._vault: Vault | None = None
        # A client that is forgotten closes its connections and services without a warning.
        self._finalizer = weakref.finalize(self, _shut, transports, settings)
        for link in self._hooks.of("chimeric_register_tools"):
            link.guarded(self.register_tool)

    def register_tool(
        self,
        function: Any,
        name: str | None = None,
        description: str | None = None,
        strict: bool | None = None,
    ) -> Tool:
        """Make a tool of a function, for every call that takes the registered ones.

        Raises:
            ToolRegistrationError: when it cannot be one, or the name is taken.
        """
        tool = (
            function
            if isinstance(function, Tool)
            else Tool.from_function(function, name=name, description=description, strict=strict)
        )
        if tool.name in self.tools:
            raise ToolRegistrationError(
                f"a tool named {tool.name!r} is registered already; pass another name="
            )
        self.tools[tool.name] = tool
        return tool

    def drive(self, flow: Flow) -> SyncDriver:
        """A driver for a call, with blocking I/O."""
        driver = SyncDriver(flow, self._transports)
        self._drivers.add(driver)
        return driver

    def adrive(self, flow: Flow) -> AsyncDriver:
        """A driver for a call, on the running event loop."""
        from chimeric.transport.async_driver import AsyncDriver

        driver = AsyncDriver(flow, self._transports)
        self._drivers.add(driver)
        return driver

    def close(self) -> None:
        """End running calls, close the transports, stop the services. Idempotent."""
        self._closed = True
        self._end_calls()
        self._finalizer()

    def _end_calls(self) -> None:
        while True:
            try:
                drivers = list(self._drivers)
            except RuntimeError:
                continue  # another thread has just begun a call
            break
        for driver in drivers:
            driver.abort()

    async def aclose(self) -> None:
        """The same, waiting for the asynchronous transport."""
        self._closed = True
        self._end_calls()
        await self._transports.aclose()
        self._finalizer()

    def call(
        self,
        model: str,
        messages: MessageInput,
        stream: bool,
        tools: Iterable[Any] | None,
        auto_tool: bool,
        native: bool,
        provider: str | None,
        params: Mapping[str, Any],
    ) -> Call:
        """The call that these arguments of ``generate`` ask for."""
        settings = dict(params)
        timeout = settings.pop("timeout", self._timeout)
        request = make_request(
            model,
            messages,
            stream=stream,
            native=native,
            provider=provider,
            tools=tools,
            registered=self.tools.values() if auto_tool else (),
            params=settings,
        )
        return self.new_call(request, Timeout.of(timeout))

    def new_call(self, request: Request, timeout: Timeout) -> Call:
        """A call with this client's settings.

        Raises:
            ConfigurationError: when the client is closed.
        """
        if self._closed:
            raise ConfigurationError("this client is closed; make a new one")
        return Call(
            request,
            route=self.route,
            hooks=self.hooks(),
            timeout=timeout,
            retry=self._retry,
            limits=self._limits,
            headers=self._headers,
            strict=self._strict,
            max_parallel_tools=self._max_parallel_tools,
            vault=self._credentials,
        )

    def _credentials(self) -> Vault:
        """What plugins have brought of credentials, for all calls of this client."""
        if self._vault is None:
            from chimeric.exchange.hooks.credentials import Vault

            with self._lock:
                self._vault = self._vault or Vault()
        return self._vault

    def route(self, request: Request) -> Route:
        """Where a request goes."""
        plugin, model = find_provider(self.registry, request.model, request.provider)
        config, secret = self.settings.resolve(plugin, request.options)
        return Route(plugin, config, secret, model)

    def hooks(self) -> Hooks:
        """The middleware as it is registered now."""
        if self._hooks_version != self.registry.version:
            with self._lock:
                version = self.registry.version
                self._hooks = Hooks(self.registry.manager)
                self._hooks_version = version
        return self._hooks

    def listings(self, provider: str | None) -> list[tuple[Call, Route]]:
        """What to ask for the model list of a provider, or of all that are set up."""
        if provider is None:
            names = [p.name for p in self.registry.load_providers() if self.settings.configured(p)]
        else:
            names = [provider]
        listings: list[tuple[Call, Route]] = []
        for name in names:
            request = Request(model="any", messages=(), provider=name)
            try:
                listings.append((self.new_call(request, self._timeout), self.route(request)))
            except ConfigurationError:
                if provider is not None:
                    raise
        return listings


def _shut(transports: Transports, settings: Settings) -> None:
    transports.close()
    settings.close()
