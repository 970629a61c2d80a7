"""The client: ``generate`` and ``agenerate``, tools, model lists, and everything's set-up."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from chimeric.forwards import FormerMethods
from chimeric.plugins.provider import Capabilities
from chimeric.plugins.registry import Registry
from chimeric.transport.transports import Transports
from chimeric.values.limits import Limits, Timeout
from chimeric.values.messages import MessageInput
from chimeric.values.tools import Tool

from .engine import Defaults, Engine
from .generation import Generation
from .params import as_count
from .settings import Given, Settings

if TYPE_CHECKING:
    from chimeric.plugins.installed import PluginInfo
    from chimeric.transport.httpx_transport import AsyncHttpxClient, HttpxClient
    from chimeric.values.models import Model, ModelInfo
    from chimeric.values.secrets import Key

    from .arguments.endpoints import Endpoint
    from .provider_setup import ProviderSetup

__all__ = ["Chimeric"]

F = TypeVar("F", bound=Callable[..., Any])


class Chimeric(Generation, FormerMethods):
    """One interface to every installed provider. Safe to share between threads and tasks.

    Nothing is sent and no provider is imported at construction.

    Args:
        api_keys: keys by provider name; also ``<provider>_api_key=``. Without them the providers'
            usual environment variables are read. A key is a string, a ``Secret``, or a callable
            (plain or async) that returns one and is asked whenever a request needs it.
        base_urls: base URLs by provider name, strings or URL objects; also
            ``<provider>_base_url=``.
        api_key: key of the provider ``compatible``.
        base_url: base URL of the provider ``compatible``.
        endpoints: named places, ``{"eu": Endpoint("openai", base_url=...)}``; their models are
            written ``"eu:gpt-4o"``.
        api: for providers that speak several protocols, which one.
        timeout: seconds, or a ``Timeout``; a number sets all limits but ``total``.
        max_retries: tries after the first one, before the first content only.
        keep_raw: whether chunks keep the event that brought them (``raw``, ``native``); without,
            a program that keeps its chunks needs less memory.
        default_headers: headers of every request.
        http_client: an ``httpx.Client`` to use; it is not closed with this client.
        async_http_client: an ``httpx.AsyncClient`` to use.
        transport: ``httpx``, or the name of a transport that a plugin brings.
        plugins: extra plugin objects, for this client only.
        disable_plugins: names of installed plugins not to use.
        only_plugins: names of the installed plugins that may be used, instead of all; without it
            the names that ``CHIMERIC_PLUGINS`` lists, with commas in between.
        strict: raise ``TranslationError`` instead of warning when a parameter has no counterpart,
            and refuse to send a key over plain http to another machine.
        limits: sizes that a response may not pass.
        max_parallel_tools: tool calls of one turn that run at the same time.
        **settings: ``<provider>_api_key``, ``<provider>_base_url``, ``<provider>_<option>``, and
            ``<provider>_auth_token`` where a provider takes bearer tokens (anthropic).

    Raises:
        TypeError: for an unknown keyword; the text names the nearest valid one.
        ConfigurationError: for a provider that is not installed, an endpoint that is named like
            one, a key or base URL of a wrong type.
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
        api_keys: Mapping[str, str | Key] | None = None,
        base_urls: Mapping[str, Any] | None = None,
        api_key: str | Key | None = None,
        base_url: Any = None,
        endpoints: Mapping[str, Endpoint] | None = None,
        api: str | None = None,
        timeout: Timeout | float | None = Timeout(),  # noqa: B008 -- it is immutable
        max_retries: int = 2,
        keep_raw: bool = True,
        default_headers: Mapping[str, str] | None = None,
        http_client: HttpxClient | None = None,
        async_http_client: AsyncHttpxClient | None = None,
        transport: str = "httpx",
        plugins: Iterable[object] = (),
        disable_plugins: Iterable[str] = (),
        only_plugins: Iterable[str] | None = None,
        strict: bool = False,
        limits: Limits = Limits(),  # noqa: B008 -- it is immutable
        max_parallel_tools: int = 8,
        **settings: Any,
    ) -> None:
        registry = Registry(plugins, disable_plugins, only_plugins)
        self._engine = Engine(
            registry,
            Settings(
                registry,
                Given(
                    api_keys=api_keys or {},
                    base_urls=base_urls or {},
                    api_key=api_key,
                    base_url=base_url,
                    api=api,
                    endpoints=endpoints,
                    keywords=settings,
                    known=_KEYWORDS,
                ),
            ),
            Transports(transport, registry.manager, http_client, async_http_client),
            Defaults(
                timeout=Timeout.of(timeout),
                max_retries=as_count("max_retries", max_retries),
                keep_raw=keep_raw,
                headers=dict(default_headers or {}),
                strict=strict,
                limits=limits,
                max_parallel_tools=max_parallel_tools,
                constructor=_KEYWORDS,
            ),
        )

    def with_options(self, **options: Any) -> Chimeric:
        """The same client with other defaults, on the same connections.

        It takes the constructor's keywords, but for those that make the connections and choose
        the plugins. Keys, base URLs, options, endpoints and headers are laid over the client's.
        Both have the same tools. Closing it ends its own calls only; closing the client that it
        was made from ends it too.

        Raises:
            TypeError: for a keyword that is none, or is the constructor's alone.
            ConfigurationError: when this client is closed, and as the constructor.

        Example:
            >>> client = Chimeric(max_retries=5)
            >>> patient = client.with_options(timeout=600, default_headers={"x-team": "blue"})
        """
        from .arguments.derived import derived

        other = object.__new__(type(self))
        other._engine = derived(self._engine, options)
        return other

    # --- tools -----------------------------------------------------------------------------------

    @overload
    def tool(self, name: F) -> F: ...

    @overload
    def tool(
        self, name: str | None = None, description: str | None = None, *, strict: bool | None = None
    ) -> Callable[[F], F]: ...

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
            self._engine.register_tool(name)
            return name

        def register(function: F) -> F:
            self._engine.register_tool(function, name=name, description=description, strict=strict)
            return function

        return register

    @property
    def tools(self) -> list[Tool]:
        """The registered tools, in the order of their registration."""
        return list(self._engine.tools.values())

    # --- what there is ---------------------------------------------------------------------------

    @property
    def available_providers(self) -> list[str]:
        """Names of the installed providers; imports none of them."""
        return self._engine.registry.provider_names()

    @property
    def capabilities(self) -> dict[str, Capabilities]:
        """What each installed provider's protocol can carry."""
        return {p.name: p.declaration.capabilities for p in self._engine.registry.load_providers()}

    @property
    def plugins(self) -> list[PluginInfo]:
        """All plugins with their hooks, state and error."""
        from chimeric.plugins.installed import infos

        return infos(self._engine.registry)

    def get_capabilities(self, provider: str) -> Capabilities:
        """What one provider's protocol can carry.

        Raises:
            ProviderNotFoundError: when it is not installed.
        """
        return self._engine.find(provider).declaration.capabilities

    def provider_setups(self) -> list[ProviderSetup]:
        """How each provider that can be loaded is set up; nothing is sent and nothing started.

        Example:
            >>> for setup in Chimeric().provider_setups():
            ...     print(setup.name, setup.configured)  # doctest: +SKIP
        """
        from .provider_setup import setup_of

        engine = self._engine
        return [setup_of(plugin, engine.settings) for plugin in engine.registry.load_providers()]

    def hook_order(self) -> dict[str, tuple[str, ...]]:
        """Each middleware hook, and the plugins that implement it in the order of their calls."""
        return self._engine.hooks().order()

    def list_models(self, provider: str | None = None) -> list[Model]:
        """The models of a provider, or of all providers that are set up.

        Raises:
            ChimericError: with ``provider``; without, a provider that fails is left out.
        """
        from .listing import fetch_all  # few programs ask

        return self._engine.complete(fetch_all(self._engine, provider))

    async def alist_models(self, provider: str | None = None) -> list[Model]:
        """The same as ``list_models``, asynchronous."""
        from .listing import fetch_all

        return await self._engine.acomplete(fetch_all(self._engine, provider))

    def model_info(self, model: str, provider: str | None = None) -> ModelInfo:
        """What is known of a model: its context window, prices, capabilities and more.

        The provider is asked, in one request; plugins add what they know (``chimeric-cost``:
        prices). What nobody tells is None.

        Raises:
            NotFoundError: when neither provider nor plugins know the model; it names near ones.
            ChimericError: as ``list_models``; without a key, only when no plugin knows the model.

        Example:
            .. code-block:: python

                print(client.model_info("gpt-5.4").context_window)
        """
        from .listing import described

        return self._engine.complete(described(self._engine, model, provider))

    async def amodel_info(self, model: str, provider: str | None = None) -> ModelInfo:
        """The same as ``model_info``, asynchronous."""
        from .listing import described

        return await self._engine.acomplete(described(self._engine, model, provider))

    def count_tokens(
        self, model: str, messages: MessageInput, tools: Iterable[Any] | None = None, **params: Any
    ) -> int:
        """How many tokens a request has, as its provider counts them; nothing is answered.

        It takes what ``generate`` takes, and middleware prepares the request as for an answer.

        Raises:
            ConfigurationError: when the provider does not count; the text names those that do.
            ChimericError: as ``generate``.

        Example:
            .. code-block:: python

                client.count_tokens("claude-sonnet-4-5", "How many are these?")
        """
        from .counting import counted  # few programs ask

        return self._engine.complete(counted(self._engine, model, messages, tools, params))

    async def acount_tokens(
        self, model: str, messages: MessageInput, tools: Iterable[Any] | None = None, **params: Any
    ) -> int:
        """The same as ``count_tokens``, asynchronous."""
        from .counting import counted

        return await self._engine.acomplete(counted(self._engine, model, messages, tools, params))

    # --- closing ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Close all connections and embedded services; running streams end. Idempotent."""
        self._engine.close()

    async def aclose(self) -> None:
        """The same as ``close``, for a client that was used asynchronously."""
        await self._engine.aclose()

    def __enter__(self) -> Chimeric:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    async def __aenter__(self) -> Chimeric:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<Chimeric with {len(self.available_providers)} providers>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be pickled or copied: it holds keys and connections")


_KEYWORDS = tuple(
    name
    for name, parameter in inspect.signature(Chimeric.__init__).parameters.items()
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY
)
