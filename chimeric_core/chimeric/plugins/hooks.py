"""The middleware of one client, ordered by pluggy and compiled into direct calls."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
import pluggy

from chimeric.errors import ChimericError, PluginError, PluginWarning
from chimeric.values.context import Context

from . import hookspecs
from .middleware_chain import ChunkHook

__all__ = ["Hooks", "bind", "register_commands"]

Bound: TypeAlias = Callable[..., Any]


class Link(msgspec.Struct, frozen=True):
    """One plugin's implementation of one hook, taking all of the hook's arguments in order."""

    plugin: str
    hook: str
    call: Bound
    function: Bound
    names: tuple[str, ...]

    def guarded(self, *args: Any) -> Any:
        """Call it; what it raises becomes a ``PluginError`` that names plugin and hook."""
        try:
            return self.call(*args)
        except ChimericError:
            raise
        except Exception as error:
            raise PluginError.raised(self.plugin, self.hook, error) from error

    def wrong_return(self, value: object, wanted: str) -> PluginError:
        """The error for what it returned and may not."""
        return PluginError.wrong_return(self.plugin, self.hook, value, wanted)

    def observed(self, *args: Any) -> None:
        """Call an observer; what it raises is reported and changes nothing."""
        try:
            self.call(*args)
        except Exception as error:
            text = f"plugin {self.plugin!r} failed in {self.hook}: {type(error).__name__}: {error}"
            warnings.warn(PluginWarning(text), stacklevel=2)


def bind(function: Callable[..., Any], names: tuple[str, ...], hook: str) -> Bound:
    """``function`` as a callable of all of a hook's arguments, whichever of them it names."""
    spec = tuple(inspect.signature(getattr(hookspecs, hook)).parameters)
    if names == spec:
        return function
    places = [spec.index(name) for name in names]
    if not places:
        return lambda *args: function()
    if len(places) == 1:
        place = places[0]
        return lambda *args: function(args[place])
    return lambda *args: function(*[args[p] for p in places])


class Hooks:
    """What middleware is registered, hook by hook, in the order in which it is called."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._links: dict[str, list[Link]] = {}
        for name in vars(hookspecs):
            if name.startswith("chimeric_") and name not in hookspecs.PROVIDER_HOOKS:
                caller = getattr(manager.hook, name)
                # pluggy keeps implementations in reverse order of calling.
                self._links[name] = [
                    Link(
                        impl.plugin_name,
                        name,
                        bind(impl.function, impl.argnames, name),
                        impl.function,
                        impl.argnames,
                    )
                    for impl in reversed(caller.get_hookimpls())
                ]

    def order(self) -> dict[str, tuple[str, ...]]:
        """Each hook, and its plugins, first called first."""
        return {name: tuple(link.plugin for link in links) for name, links in self._links.items()}

    def of(self, hook: str) -> list[Link]:
        """The implementations of a hook, first called first."""
        return self._links[hook]

    def chunk_chain(self, context: Context) -> list[ChunkHook]:
        """The chain for the chunks of one call: processors and stateless hooks by plugin order.

        Raises:
            PluginError: when a processor cannot be made, or lacks ``process`` or ``flush``.
        """
        chain: list[ChunkHook] = []
        for link in self.of("chimeric_stream_processor"):
            processor = link.guarded(context)
            if processor is None:
                continue
            if not callable(getattr(processor, "process", None)) or not callable(
                getattr(processor, "flush", None)
            ):
                raise link.wrong_return(processor, "a processor has process(chunk) and flush()")
            chain.append(ChunkHook.of_processor(link.plugin, processor))
        chain += [
            ChunkHook(link.plugin, link.hook, _of_chunk(link, context))
            for link in self.of("chimeric_process_chunk")
        ]
        return chain

    def observe(self, hook: str, *args: Any) -> None:
        """Tell the observers."""
        for link in self.of(hook):
            link.observed(*args)


def _of_chunk(link: Link, context: Context) -> Callable[[Any], Any]:
    """A chunk hook as a function of the chunk alone."""
    if link.names == ("chunk",):
        return link.function
    call = link.call
    return lambda chunk: call(chunk, context)


def register_commands(group: Any) -> list[PluginError]:
    """Let installed middleware add its commands to a command line; what failed is returned.

    Args:
        group: the group of commands, as ``chimeric_register_commands`` gets it.

    Example:
        .. code-block:: python

            for error in register_commands(group):
                print(error, file=sys.stderr)
    """
    from .registry import Registry

    failed: list[PluginError] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)  # plugins() tells what is broken
        links = Hooks(Registry().manager).of("chimeric_register_commands")
    for link in links:
        try:
            link.guarded(group)
        except PluginError as error:
            failed.append(error)
    return failed
