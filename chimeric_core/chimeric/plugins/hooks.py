"""The middleware of one client, ordered by pluggy and compiled into direct calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import pluggy

from chimeric.errors import ChimericError, PluginError, warn_of_plugin
from chimeric.values.context import Context

from . import hookspecs
from .api import Manager

if TYPE_CHECKING:
    from .middleware_chain import ChunkHook
    from .provider_plugin import ProviderPlugin

__all__ = ["Hooks", "bind"]

Bound: TypeAlias = Callable[..., Any]

OWN_HOOKS = ("chimeric_credentials", "chimeric_credentials_scope")
"""Middleware hooks that a provider may implement, for its own requests alone."""


class PluginHook(msgspec.Struct):
    """A hook of one plugin, to be named in errors."""

    plugin: str
    hook: str
    distribution: str | None

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function of it; what that raises becomes a ``PluginError`` that names both."""
        try:
            return function(*args)
        except ChimericError:
            raise
        except Exception as error:
            raise self.raised(error) from error

    def raised(self, error: Exception) -> PluginError:
        """The error for what it raised."""
        return PluginError.raised(self.plugin, self.hook, error, self.distribution)

    def wrong_return(self, value: object, wanted: str) -> PluginError:
        """The error for what it returned and may not."""
        return PluginError.wrong_return(self.plugin, self.hook, value, wanted, self.distribution)

    def fault(self, text: str) -> PluginError:
        """The error for anything else: the text follows the plugin's name."""
        text = f"plugin {self.plugin!r} {text}"
        return PluginError(text, plugin=self.plugin, distribution=self.distribution, hook=self.hook)


class Link(PluginHook):
    """One plugin's implementation of one hook, taking all of the hook's arguments in order.

    ``impl`` is pluggy's, ``place`` that of the plugin among all, and ``former`` whether that was
    written for the API before.
    """

    call: Bound
    function: Bound
    names: tuple[str, ...]
    impl: Any = None
    place: int = 0
    former: bool = False

    @classmethod
    def of(cls, impl: Any, hook: str, place: int = 0, former: bool = False) -> Link:
        """The link of an implementation as pluggy has it."""
        call, name = bind(impl.function, impl.argnames, hook), impl.plugin_name
        return cls(name, hook, None, call, impl.function, impl.argnames, impl, place, former)

    def guarded(self, *args: Any) -> Any:
        """Call it; what it raises becomes a ``PluginError`` that names plugin and hook."""
        return self.run(self.call, *args)

    def observed(self, *args: Any) -> None:
        """Call an observer; what it raises is reported and changes nothing."""
        try:
            self.call(*args)
        except Exception as error:
            warn_of_plugin(self.raised(error).message)


def bind(function: Callable[..., Any], names: tuple[str, ...], hook: str) -> Bound:
    """``function`` as a callable of all of a hook's arguments, whichever of them it names."""
    code = getattr(hookspecs, hook).__code__
    spec = code.co_varnames[: code.co_argcount]  # inspect takes ten times as long
    if names == spec:
        return function
    places = [spec.index(name) for name in names]
    if len(places) == 1:
        place = places[0]
        return lambda *args: function(args[place])
    return lambda *args: function(*[args[p] for p in places])


class Hooks:
    """What middleware is registered, hook by hook, in the order in which it is called."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._links: dict[str, list[Link]] = {}
        former = manager.former if isinstance(manager, Manager) else ()
        idle = {name: getattr(p, "chimeric_idle", ()) for name, p in manager.list_name_plugin()}
        for name in vars(hookspecs):
            if name.startswith("chimeric_") and name not in hookspecs.PROVIDER_HOOKS:
                # pluggy keeps implementations in reverse order of calling.
                self._links[name] = [
                    Link.of(impl, name, [*idle].index(impl.plugin_name), impl.plugin_name in former)
                    for impl in reversed(getattr(manager.hook, name).get_hookimpls())
                    if name not in OWN_HOOKS or not hasattr(impl.plugin, "chimeric_provider")
                    if not (off := idle[impl.plugin_name]) or (off is not True and name not in off)
                ]

    def order(self) -> dict[str, tuple[str, ...]]:
        """Each hook, and its plugins, first called first."""
        from .middleware_chain import in_order

        links = in_order(self._links)
        return {name: tuple(link.plugin for link in links[name]) for name in links}

    def of(self, hook: str) -> list[Link]:
        """The implementations of a hook, first called first."""
        return self._links[hook]

    def with_own(self, hook: str, plugin: ProviderPlugin) -> list[Link]:
        """The same of a hook that providers implement for themselves: the provider comes last."""
        return [*self.of(hook), *plugin.own.get(hook, ())]

    def chunk_chain(self, context: Context) -> list[ChunkHook]:
        """The chain for the chunks of one call: by phase, then by the order of the plugins.

        Raises:
            ConfigurationError: when a processor withholds text of a call with ``native=True``.
            PluginError: when a processor cannot be made, or lacks ``process`` or ``flush``.
        """
        made = [
            (link, processor)
            for link in self.of("chimeric_stream_processor")
            if (processor := link.guarded(context)) is not None
        ]
        stateless = self.of("chimeric_process_chunk")
        if not made and not stateless:
            return []
        from .middleware_chain import make_chain  # of no use to a call without

        return make_chain(made, stateless, context)

    def typed(self, error: Exception) -> Exception:
        """An error of a call as one of ours, if it is not the caller's own.

        All hooks are guarded: what is none of ours comes out of a transport.
        """
        if isinstance(error, ChimericError):
            return error
        from chimeric.faults import transport_fault

        links = [*self.of("chimeric_wrap_transport")[::-1], *self.of("chimeric_transport")]
        return transport_fault(links, error) or error

    def observe(self, hook: str, *args: Any) -> None:
        """Tell the observers."""
        for link in self.of(hook):
            link.observed(*args)
