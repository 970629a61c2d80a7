"""The client: ``generate`` and ``agenerate``, tools, model lists, and everything's set-up."""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, overload

from .batch import AsyncBatch, BatchRequest, BatchResult, check_concurrency, run_many
from .call import Call, Route
from .chunks import StreamChunk
from .drive_async import AsyncDriver
from .drive_sync import SyncDriver
from .errors import ChimericError, ConfigurationError, ToolRegistrationError
from .exchange import exchange
from .explain import explain
from .hooks import Hooks
from .limits import Limits
from .listing import list_models
from .messages import MessageInput
from .params import make_request
from .plugins import PluginInfo, Registry
from .provider import Capabilities, Model
from .requests import Request
from .responses import CompletionResponse
from .retry import RetryPolicy
from .routing import find_provider
from .secrets import Secret
from .settings import Settings
from .streams import AsyncStream, Stream
from .timeouts import Timeout
from .tools import Tool
from .transports import Transports

if TYPE_CHECKING:
    import httpx

__all__ = ["Chimeric"]

F = TypeVar("F", bound=Callable[..., Any])


class Chimeric:
    """One interface to every installed provider. Safe to share between threads and tasks.

    Nothing is sent and no provider is imported at construction.

    Args:
        api_keys: keys by provider name; also ``<provider>_api_key=``. Without them the providers'
            usual environment variables are read.
        base_urls: base URLs by provider name; also ``<provider>_base_url=``.
        api_key: key of the provider ``compatible``.
        base_url: base URL of the provider ``compatible``.
        api: for providers that speak several protocols, which one.
        timeout: seconds, or a ``Timeout``; a number sets all limits but ``total``.
        max_retries: tries after the first one, before the first content only.
        default_headers: headers of every request.
        http_client: an ``httpx.Client`` to use; it is not closed with this client.
        async_http_client: an ``httpx.AsyncClient`` to use.
        transport: ``httpx``, or the name of a transport that a plugin brings.
        plugins: extra plugin objects, for this client only.
        disable_plugins: names of installed plugins not to use.
        strict: raise ``TranslationError`` instead of warning when a parameter has no counterpart.
        limits: sizes that a response may not pass.
        max_parallel_tools: tool calls of one turn that run at the same time.
        **settings: ``<provider>_api_key``, ``<provider>_base_url``, ``<provider>_<option>``.

    Raises:
        TypeError: for an unknown keyword; the text names the nearest valid one.
        PluginError: for an object in ``plugins`` that is no plugin.

    Example:
        .. code-block:: python

            with Chimeric() as client:
                for chunk in client.generate("sim:story", "Tell me a story", stream=True):
                    print(chunk.delta or "", end="", flush=True)
    """

    def __init__(
        self,
        *,
        api_keys: Mapping[str, str | Secret] | None = None,
        base_urls: Mapping[str, str] | None = None,
        api_key: str | Secret | None = None,
        base_url: str | None = None,
        api: str | None = None,
        timeout: Timeout | float | None = Timeout(),  # noqa: B008 -- it is immutable
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        http_client: httpx.Client | None = None,
        async_http_client: httpx.AsyncClient | None = None,
        transport: str = "httpx",
        plugins: Iterable[object] = (),
        disable_plugins: Iterable[str] = (),
        strict: bool = False,
        limits: Limits = Limits(),  # noqa: B008 -- it is immutable
        max_parallel_tools: int = 8,
        **settings: Any,
    ) -> None:
        self._registry = Registry(plugins, disable_plugins)
        self._settings = Settings(
            self._registry,
            api_keys=api_keys or {},
            base_urls=base_urls or {},
            api_key=api_key,
            base_url=base_url,
            options={} if api is None else {"api": api},
            keywords=settings,
            known=_KEYWORDS,
        )
        self._timeout = Timeout.of(timeout)
        self._retry = RetryPolicy(_count("max_retries", max_retries))
        self._headers = dict(default_headers or {})
        self._strict = strict
        self._limits = limits
        self._max_parallel_tools = max_parallel_tools
        self._tools: dict[str, Tool] = {}
        self._hooks = Hooks(self._registry.manager)
        self._hooks_version = self._registry.version
        self._transports = Transports(
            transport, self._registry.manager, http_client, async_http_client
        )
        self._drivers: weakref.WeakSet[SyncDriver | AsyncDriver] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._closed = False
        # A client that is forgotten closes its connections and services without a warning.
        self._finalizer = weakref.finalize(self, _shut, self._transports, self._settings)
        for link in self._hooks.of("chimeric_register_tools"):
            link.guarded(self._register_tool)

    # --- generating ------------------------------------------------------------------------------

    @overload
    def generate(
        self, model: str, messages: MessageInput, stream: Literal[False] = False,
        tools: Iterable[Any] | None = None, auto_tool: bool = True,
        native: Literal[False] = False, provider: str | None = None, **params: Any,
    ) -> CompletionResponse: ...

    @overload
    def generate(
        self, model: str, messages: MessageInput, stream: Literal[True],
        tools: Iterable[Any] | None = None, auto_tool: bool = True,
        native: Literal[False] = False, provider: str | None = None, **params: Any,
    ) -> Stream[StreamChunk]: ...

    @overload
    def generate(
        self, model: str, messages: MessageInput, stream: Literal[True],
        tools: Iterable[Any] | None = None, auto_tool: bool = True, *,
        native: Literal[True], provider: str | None = None, **params: Any,
    ) -> Stream[Any]: ...

    @overload
    def generate(
        self, model: str, messages: MessageInput, stream: bool = False,
        tools: Iterable[Any] | None = None, auto_tool: bool = True,
        native: bool = False, provider: str | None = None, **params: Any,
    ) -> Any: ...

    def generate(
        self,
        model: str,
        messages: MessageInput,
        stream: bool = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: bool = False,
        provider: str | None = None,
        **params: Any,
    ) -> Any:
        """Ask a model. Returns when the answer has begun (``stream=True``) or is complete.

        Args:
            model: ``"provider:model"``, or a bare model name that a provider's pattern matches.
            messages: a string, a message (``Message`` or dict), or a list of these.
            stream: whether to return a ``Stream`` instead of a ``CompletionResponse``.
            tools: functions, ``Tool``s or dicts that the model may call; functions are run and
                the answer goes on by itself.
            auto_tool: whether the tools registered with ``client.tool`` are offered too.
            native: yield (or return) the provider's own structs instead.
            provider: name of the provider, when the model's name does not tell it.
            **params: ``temperature, top_p, max_tokens, stop, seed, tool_choice,
                parallel_tool_calls, response_format, reasoning_effort, max_turns, timeout,
                extra_headers, extra_body``; the provider's options (``api``); anything else
                travels to the provider as it is.

        Raises:
            ChimericError: see ``chimeric.errors`` for the tree.
        """
        call = self._call(model, messages, stream, tools, auto_tool, native, provider, params)
        driver = SyncDriver(exchange(call), self._transports.sync())
        self._drivers.add(driver)
        if stream:
            return Stream(call, driver)
        for _ in driver.run():
            pass
        response = call.answer.response()
        return response.native if native else response

    @overload
    async def agenerate(
        self, model: str, messages: MessageInput, stream: Literal[False] = False,
        tools: Iterable[Any] | None = None, auto_tool: bool = True,
        native: Literal[False] = False, provider: str | None = None, **params: Any,
    ) -> CompletionResponse: ...

    @overload
    async def agenerate(
        self, model: str, messages: MessageInput, stream: Literal[True],
        tools: Iterable[Any] | None = None, auto_tool: bool = True,
        native: Literal[False] = False, provider: str | None = None, **params: Any,
    ) -> AsyncStream[StreamChunk]: ...

    @overload
    async def agenerate(
        self, model: str, messages: MessageInput, stream: Literal[True],
        tools: Iterable[Any] | None = None, auto_tool: bool = True, *,
        native: Literal[True], provider: str | None = None, **params: Any,
    ) -> AsyncStream[Any]: ...

    @overload
    async def agenerate(
        self, model: str, messages: MessageInput, stream: bool = False,
        tools: Iterable[Any] | None = None, auto_tool: bool = True,
        native: bool = False, provider: str | None = None, **params: Any,
    ) -> Any: ...

    async def agenerate(
        self,
        model: str,
        messages: MessageInput,
        stream: bool = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: bool = False,
        provider: str | None = None,
        **params: Any,
    ) -> Any:
        """The same as ``generate``, asynchronous (asyncio or trio)."""
        call = self._call(model, messages, stream, tools, auto_tool, native, provider, params)
        driver = AsyncDriver(exchange(call), self._transports.asynchronous())
        self._drivers.add(driver)
        try:
            await driver.step()  # the answer has begun
        except StopAsyncIteration:
            pass
        if stream:
            return AsyncStream(call, driver)
        try:
            while True:
                await driver.step()
        except StopAsyncIteration:
            pass
        response = call.answer.response()
        return response.native if native else response

    def generate_many(
        self,
        requests: Iterable[BatchRequest],
        *,
        concurrency: int = 8,
        **defaults: Any,
    ) -> Generator[BatchResult, None, None]:
        """Answer many requests at once; yields results as they finish, failures as values.

        Args:
            requests: dicts of arguments of ``generate`` (with an ``id`` if you like), or just
                messages. Read only when there is room.
            concurrency: how many requests may be under way, finished but untaken ones included.
            **defaults: arguments for every request, such as ``model``.

        Answers are streamed inside, so that closing the generator ends them at once;
        ``stream=False`` asks for whole ones.

        Raises:
            ConfigurationError: for a ``concurrency`` that is no number from 1.

        Example:
            .. code-block:: python

                for result in client.generate_many(["Hi", "Hello"], model="sim:echo"):
                    print(result.index, result.error or result.response)
        """
        return run_many(self.generate, requests, check_concurrency(concurrency), defaults)

    def agenerate_many(
        self,
        requests: Iterable[BatchRequest] | AsyncIterable[BatchRequest],
        *,
        concurrency: int = 8,
        **defaults: Any,
    ) -> AsyncBatch:
        """The same as ``generate_many``, asynchronous: iterate it with ``async for``."""
        return AsyncBatch(self.agenerate, requests, check_concurrency(concurrency), defaults)

    # --- tools -----------------------------------------------------------------------------------

    def tool(
        self,
        name: str | Callable[..., Any] | None = None,
        description: str | None = None,
        *,
        strict: bool | None = None,
    ) -> Any:
        """Register a function as a tool; it is offered in every call with ``auto_tool=True``.

        Raises:
            ToolRegistrationError: when a parameter has no JSON form, or the name is taken.

        Example:
            .. code-block:: python

                @client.tool()
                def weather(city: str) -> str:
                    \"\"\"Tell the weather of a city.\"\"\"
                    return "sunny"
        """
        if callable(name):
            return self._register_tool(name)

        def register(function: F) -> F:
            self._register_tool(function, name=name, description=description, strict=strict)
            return function

        return register

    @property
    def tools(self) -> list[Tool]:
        """The registered tools, in the order of their registration."""
        return list(self._tools.values())

    def _register_tool(
        self,
        function: Any,
        name: str | None = None,
        description: str | None = None,
        strict: bool | None = None,
    ) -> Any:
        tool = (
            function
            if isinstance(function, Tool)
            else Tool.from_function(function, name=name, description=description, strict=strict)
        )
        if tool.name in self._tools:
            raise ToolRegistrationError(
                f"a tool named {tool.name!r} is registered already; pass another name="
            )
        self._tools[tool.name] = tool
        return function

    # --- what there is ---------------------------------------------------------------------------

    @property
    def available_providers(self) -> list[str]:
        """Names of the installed providers; imports none of them."""
        return self._registry.provider_names()

    @property
    def capabilities(self) -> dict[str, Capabilities]:
        """What each installed provider's protocol can carry."""
        return {p.name: p.declaration.capabilities for p in self._registry.load_providers()}

    @property
    def plugins(self) -> list[PluginInfo]:
        """All plugins with their hooks, state and error."""
        return self._registry.infos()

    def get_capabilities(self, provider: str) -> Capabilities:
        """What one provider's protocol can carry.

        Raises:
            ProviderNotFoundError: when it is not installed.
        """
        return find_provider(self._registry, "any", provider)[0].declaration.capabilities

    def explain(self, provider: str | None = None) -> str:
        """The order in which this client's hooks are called, as text to print."""
        return explain(self._registry, self._current_hooks(), provider)

    def list_models(self, provider: str | None = None) -> list[Model]:
        """The models of a provider, or of all providers that are set up.

        Raises:
            ChimericError: with ``provider``; without, a provider that fails is left out.
        """
        models: list[Model] = []
        for call, route in self._listings(provider):
            flow = list_models(call, route, models)
            try:
                for _ in SyncDriver(flow, self._transports.sync()).run():
                    pass
            except ChimericError:
                if provider is not None:
                    raise
        return models

    async def alist_models(self, provider: str | None = None) -> list[Model]:
        """The same as ``list_models``, asynchronous."""
        models: list[Model] = []
        for call, route in self._listings(provider):
            driver = AsyncDriver(list_models(call, route, models), self._transports.asynchronous())
            try:
                while True:
                    await driver.step()
            except StopAsyncIteration:
                pass
            except ChimericError:
                if provider is not None:
                    raise
        return models

    # --- closing ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Close all connections and embedded services; running streams end. Idempotent."""
        self._closed = True
        for driver in list(self._drivers):
            driver.abort()
        self._finalizer()

    async def aclose(self) -> None:
        """The same as ``close``, for a client that was used asynchronously."""
        self._closed = True
        for driver in list(self._drivers):
            driver.abort()
        await self._transports.aclose()
        self._finalizer()

    def __enter__(self) -> Chimeric:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Chimeric:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<Chimeric providers={self.available_providers}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be pickled or copied: it holds keys and connections")

    # --- inside ----------------------------------------------------------------------------------

    def _call(
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
        settings = dict(params)
        timeout = settings.pop("timeout", self._timeout)
        request = make_request(
            model,
            messages,
            stream=stream,
            native=native,
            provider=provider,
            tools=tools,
            registered=self._tools.values() if auto_tool else (),
            params=settings,
        )
        return self._new_call(request, Timeout.of(timeout))

    def _new_call(self, request: Request, timeout: Timeout) -> Call:
        if self._closed:
            raise ConfigurationError("this client is closed; make a new one")
        return Call(
            request,
            route=self._route,
            hooks=self._current_hooks(),
            timeout=timeout,
            retry=self._retry,
            limits=self._limits,
            headers=self._headers,
            strict=self._strict,
            max_parallel_tools=self._max_parallel_tools,
        )

    def _route(self, request: Request) -> Route:
        plugin, model = find_provider(self._registry, request.model, request.provider)
        config, secret = self._settings.resolve(plugin, request.options)
        return Route(plugin, config, secret, model)

    def _current_hooks(self) -> Hooks:
        if self._hooks_version != self._registry.version:
            with self._lock:
                version = self._registry.version
                self._hooks = Hooks(self._registry.manager)
                self._hooks_version = version
        return self._hooks

    def _listings(self, provider: str | None) -> list[tuple[Call, Route]]:
        if provider is None:
            names = [p.name for p in self._registry.load_providers() if self._settings.configured(p)]
        else:
            names = [provider]
        listings: list[tuple[Call, Route]] = []
        for name in names:
            request = Request(model="any", messages=(), provider=name)
            try:
                listings.append((self._new_call(request, self._timeout), self._route(request)))
            except ConfigurationError:
                if provider is not None:
                    raise
        return listings


_KEYWORDS = tuple(
    name
    for name, parameter in inspect.signature(Chimeric.__init__).parameters.items()
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY
)


def _shut(transports: Transports, settings: Settings) -> None:
    transports.close()
    settings.close()


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"{name} must be a number from 0, not {value!r}")
    return value
