"""The machine inside a client: its plugins, set-up, transports and running calls."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from chimeric.errors import ConfigurationError, ToolRegistrationError
from chimeric.exchange.call import Call, Route
from chimeric.exchange.effects import Effect, Flow
from chimeric.exchange.retry import RetryPolicy
from chimeric.plugins.hooks import Hooks
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.plugins.registry import Registry
from chimeric.stream.answer import Answer
from chimeric.transport.sync_driver import SyncDriver
from chimeric.transport.transports import Transports
from chimeric.values.context import Context
from chimeric.values.limits import Limits, Timeout
from chimeric.values.messages import MessageInput
from chimeric.values.requests import Request
from chimeric.values.secrets import Key, as_key
from chimeric.values.tools import Tool

from .base_urls import url_text
from .params import as_count, make_request
from .routes import Routes
from .settings import Settings

if TYPE_CHECKING:
    from chimeric.exchange.hooks.credentials import Vault
    from chimeric.transport.async_driver import AsyncDriver

    from .arguments.joined import JoinedHooks

__all__ = ["Defaults", "Engine"]


T = TypeVar("T")


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What calls get that say nothing else."""

    timeout: Timeout
    max_retries: int
    keep_raw: bool
    headers: Mapping[str, str]
    strict: bool
    limits: Limits
    max_parallel_tools: int
    constructor: tuple[str, ...] = ()
    """Names of the constructor's keywords, which are none of a call's."""


class Engine:
    """What a client's methods work with; one for each client."""

    def __init__(
        self,
        registry: Registry,
        settings: Settings,
        transports: Transports,
        defaults: Defaults,
        parent: Engine | None = None,
    ) -> None:
        self.registry = registry
        self.settings = settings
        self.defaults = defaults
        self.tools: dict[str, Tool] = {} if parent is None else parent.tools
        self._parent = parent
        self._transports = transports
        self._routes = Routes(registry, settings, defaults.headers, defaults.strict)
        self._retry = RetryPolicy(defaults.max_retries)
        self._hooks = Hooks(registry.manager) if parent is None else parent.hooks()
        self._hooks_version = registry.version
        self._joined: JoinedHooks | None = None
        self._drivers: weakref.WeakSet[SyncDriver | AsyncDriver] = weakref.WeakSet()
        self._derived: weakref.WeakSet[Engine] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._closed = False
        self._vault: Vault | None = None
        if parent is not None:
            parent._derived.add(self)
            return
        # A client that is forgotten closes its connections and services without a warning.
        self._finalizer = weakref.finalize(self, _shut, transports, settings)
        for link in self._hooks.of("chimeric_register_tools"):
            link.guarded(self.register_tool)

    def derived(self, settings: Settings, defaults: Defaults) -> Engine:
        """The same engine with other settings; the connections stay this one's.

        Raises:
            ConfigurationError: when this client is closed.
        """
        self._check_open()
        return Engine(self.registry, settings, self._transports, defaults, parent=self)

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

    def complete(self, flow: Generator[Effect, Any, T]) -> T:
        """What a flow without chunks returns in the end, with blocking I/O."""
        result: list[T] = []
        for _ in self.drive(_kept(flow, result)).run():
            pass
        return result[0]

    async def acomplete(self, flow: Generator[Effect, Any, T]) -> T:
        """The same, on the running event loop."""
        result: list[T] = []
        async for _ in self.adrive(_kept(flow, result)).items:
            pass
        return result[0]

    def close(self) -> None:
        """End running calls, close the transports, stop the services. Idempotent."""
        self._end()
        if self._parent is None:
            self._finalizer()

    async def aclose(self) -> None:
        """The same, waiting for the asynchronous transport."""
        self._end()
        if self._parent is None:
            await self._transports.aclose()
            for ended in self._finalizer() or ():
                await ended()

    def _end(self) -> None:
        """End the running calls, those of clients with other options too."""
        self._closed = True
        self._joined = None
        for driver in all_of(self._drivers):
            driver.abort()
        for derived in all_of(self._derived):
            derived._end()

    def _check_open(self) -> None:
        if self._closed:
            raise ConfigurationError("this client is closed; make a new one")

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
        settings = {name: v for name, v in params.items() if v is not None or name == "timeout"}
        usual, retries = self.defaults.timeout, settings.pop("max_retries", None)
        timeout, use = settings.pop("timeout", usual), settings.pop("use", None)
        key, url = settings.pop("api_key", None), settings.pop("base_url", None)
        user, keep_raw = settings.pop("user_context", None), settings.pop("keep_raw", None)
        request = make_request(
            model,
            messages,
            stream=stream,
            native=native,
            provider=provider,
            tools=tools,
            registered=self.tools.values() if auto_tool else (),
            params=settings,
            registry=self.registry,
        )
        if request.extra:
            from .arguments.typos import check_names  # most calls have unified parameters only

            check_names(self._routes, request, self.defaults.constructor)
        return self.new_call(
            request,
            usual if timeout is usual else Timeout.of(timeout),
            retry=None if retries is None else RetryPolicy(as_count("max_retries", retries)),
            hooks=None if use is None else self._joined_hooks(use),
            user=user,
            keep_raw=keep_raw,
            api_key=None if key is None else as_key(key, "api_key"),
            base_url=None if url is None else url_text(url, "base_url"),
        )

    def new_call(
        self,
        request: Request,
        timeout: Timeout,
        *,
        retry: RetryPolicy | None = None,
        hooks: Hooks | None = None,
        user: Any = None,
        keep_raw: bool | None = None,
        api_key: Key | None = None,
        base_url: str | None = None,
    ) -> Call:
        """A call with this client's settings, where it brings none of its own.

        Raises:
            ConfigurationError: when the client is closed.
        """
        self._check_open()
        defaults = self.defaults
        return Call(
            request=request,
            context=Context(request, user, keep=self.settings.keep),
            answer=Answer(request),
            # A bound method: a running call keeps its client, and so its connections.
            route=self._routes.of_call(request, api_key, base_url, self) or self.route,
            hooks=hooks or self.hooks(),
            timeout=timeout,
            retry=retry or self._retry,
            limits=defaults.limits,
            strict=defaults.strict,
            max_parallel_tools=defaults.max_parallel_tools,
            vault=self.credentials,
            keep_raw=defaults.keep_raw if keep_raw is None else keep_raw,
        )

    def credentials(self) -> Vault:
        """What plugins have brought of credentials, for all calls of this client."""
        if self._vault is None and self._parent is not None:
            self._vault = self._parent.credentials()
        elif self._vault is None:
            from chimeric.exchange.hooks.credentials import Vault

            with self._lock:
                self._vault = self._vault or Vault()
        return self._vault

    def route(self, request: Request) -> Route:
        """Where a request goes."""
        return self._routes.route(request)

    def find(self, name: str) -> ProviderPlugin:
        """The provider of that name, or of the endpoint of that name.

        Raises:
            ProviderNotFoundError: when there is none.
        """
        return self._routes.find("any", name)[0]

    def _joined_hooks(self, use: Any) -> Hooks:
        """The client's hooks and those of a call's plugins."""
        if self._parent is not None:
            return self._parent._joined_hooks(use)
        from .arguments.joined import JoinedHooks  # few calls bring plugins

        with self._lock:
            if self._joined is None:
                self._joined = JoinedHooks(self.registry)
            return self._joined.of(use)

    def hooks(self) -> Hooks:
        """The middleware as it is registered now."""
        if self._hooks_version != self.registry.version:
            with self._lock:
                version = self.registry.version
                self._hooks = Hooks(self.registry.manager)
                self._hooks_version = version
        return self._hooks


def _kept(flow: Generator[Effect, Any, T], result: list[T]) -> Flow:
    result.append((yield from flow))


def all_of(some: weakref.WeakSet[T]) -> list[T]:
    """What is in a set that other threads add to."""
    while True:
        try:
            return list(some)
        except RuntimeError:
            continue  # another thread has just added something


def _shut(transports: Transports, settings: Settings) -> list[Any]:
    transports.close()
    return settings.close()
