"""Plugins: found through entry points without importing them, loaded when needed, set aside when
broken."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterable
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import msgspec
import pluggy

from chimeric.errors import PluginError, PluginWarning, warn_of_plugin

from . import hookspecs
from .api import API_VERSION, Manager, check_api, declared_api, phase_of, read_range
from .discovery import Found, find_plugins
from .hooks import OWN_HOOKS
from .hookspecs import PROVIDER_HOOKS
from .provider_plugin import ProviderPlugin

if TYPE_CHECKING:
    from .installed import PluginInfo

__all__ = ["Registry", "matches", "plugins", "register"]

REQUIRED_PROVIDER_HOOKS = (
    "chimeric_provider",
    "chimeric_build_request",
    "chimeric_parse_event",
    "chimeric_parse_response",
)
KNOWN_HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("chimeric_"))


class Registry:
    """The plugins of one client.

    Reading the entry points imports nothing. Middleware is loaded at construction, a provider
    when it is first asked for. ``version`` changes whenever the registered hooks do.
    """

    def __init__(
        self,
        extra: Iterable[object] = (),
        disable: Iterable[str] = (),
        only: Iterable[str] | None = None,
    ) -> None:
        self.manager = Manager()
        self.manager.add_hookspecs(hookspecs)
        self.version = 0
        self._lock = threading.RLock()
        self._found: dict[str, Found] = {}
        self._shadowed: list[Found] = []
        self.objects: list[PluginInfo] = []
        self.object_providers: dict[str, ProviderPlugin] = {}
        self._aliases: dict[str, str] = {}
        self._discover(set(disable), _allowed(only))
        for plugin in extra:
            from .installed import register_object  # most clients are given none

            register_object(self, plugin)
        for found in list(self._found.values()):
            if found.kind == "middleware" and found.state == "found":
                self._load(found)

    # --- what there is ---------------------------------------------------------------------------

    def provider_names(self) -> list[str]:
        """Names of the providers that can be asked for, broken ones left out; imports nothing."""
        found, usable = self._found.values(), ("found", "active")
        names = [f.name for f in found if f.kind == "provider" and f.state in usable]
        return sorted({*names, *self.object_providers})

    def provider(self, name: str) -> ProviderPlugin | None:
        """The provider of that name or alias, loaded now; None when there is none.

        Raises:
            PluginError: when there is one, and it is broken.
        """
        with self._lock:
            if name in self.object_providers:
                return self.object_providers[name]
            found = self._found.get(name)
            if found is None or found.kind != "provider":
                return None
            if found.state == "found":
                self._load(found)
            if found.error is not None:
                raise found.error
            return found.provider

    def by_alias(self, alias: str) -> ProviderPlugin | None:
        """The provider that declares the alias; loads all providers that may."""
        may = self.load_providers(f"{alias}:")
        return next((p for p in may if alias in p.declaration.aliases), None)

    def load_providers(self, model: str | None = None) -> list[ProviderPlugin]:
        """All providers that can be loaded, by name; broken ones are set aside.

        With a bare model name, or an alias and a colon, only those that may be meant: what a
        distribution announces of its providers is known without loading them.
        """
        loaded: list[ProviderPlugin] = []
        for name in self.provider_names():
            known = None if name in self.object_providers else self._found[name].patterns
            with suppress(PluginError):
                if model is None or known is None or matches(known, model):
                    loaded += filter(None, [self.provider(name)])
        return loaded

    def everything(self) -> list[Found]:
        """All that was found, names that are taken too."""
        return [*self._found.values(), *self._shadowed]

    # --- loading ---------------------------------------------------------------------------------

    def _discover(self, disable: set[str], allow: set[str] | None) -> None:
        for found in find_plugins():
            taken = self._found.get(found.name)
            if taken is not None:
                fault = f"is taken by {taken.distribution}; uninstall one of the two"
                self._set_aside(found, f"the name {found.name!r} {fault}")
                self._shadowed.append(found)
                continue
            if found.name in disable or (allow is not None and found.name not in allow):
                found.state = "disabled"
            self._found[found.name] = found

    def _load(self, found: Found) -> None:
        """Import a plugin and register it, or set it aside with the reason."""
        try:
            plugin = found.entry.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # pyo3's PanicException, pytest's Skipped, a cancellation
            from chimeric.faults import import_fault

            self._set_aside(found, import_fault(found.distribution, error), error)
            return
        try:
            found.hooks = self._register(plugin, found.name, found)
            if found.kind == "provider" or "chimeric_provider" in found.hooks:
                found.provider = self._make_provider(plugin, found.name, found.distribution)
        except PluginError as error:
            self._unregister(found.name)
            self._set_aside(found, error.message, error)
            return
        found.state = "active"

    def _register(self, plugin: object, name: str, found: Found | None) -> tuple[str, ...]:
        hooks = register(self.manager, plugin, name, found)
        self.version += 1
        return hooks

    def _unregister(self, name: str) -> None:
        if self.manager.has_plugin(name):
            self.manager.unregister(name=name)

    def _make_provider(self, plugin: object, name: str, distribution: str | None) -> ProviderPlugin:
        functions = {
            caller.name: impl
            for caller in self.manager.get_hookcallers(plugin) or []
            for impl in caller.get_hookimpls()
            if impl.plugin is plugin and caller.name in (*PROVIDER_HOOKS, *OWN_HOOKS)
        }
        missing = [h for h in REQUIRED_PROVIDER_HOOKS if h not in functions]
        if missing:
            text = f"a provider must implement {', '.join(missing)}"
            raise PluginError(text, plugin=name, distribution=distribution)
        provider = ProviderPlugin.load(functions, name, distribution)
        declared = provider.declaration
        told: Any = declared.api or declared.api_version
        if told is None:
            span = declared_api(plugin, installed=distribution is not None)
        else:
            span = read_range(told, "Provider.api")
            found = self._found.get(name)
            check_api(span, lambda: found.requirement if found else None)
        taken = [a for a in declared.aliases if a in self._found and a != name]
        taken = [a for a in declared.aliases if a in taken or self._aliases.get(a, name) != name]
        if declared.name != name or taken:
            from chimeric.faults import name_fault

            text = name_fault(declared.name, name, taken, self._aliases)
            raise PluginError(text, plugin=name, distribution=distribution)
        for alias in declared.aliases:
            self._aliases.setdefault(alias, name)
        return msgspec.structs.replace(provider, api=min(span[1], API_VERSION))

    def _set_aside(self, found: Found, reason: str, cause: BaseException | None = None) -> None:
        error = PluginError(
            f"plugin {found.name!r} of {found.distribution} {found.version or '(no version)'} "
            f"is set aside: {reason}",
            plugin=found.name,
            distribution=found.distribution,
        )
        error.__cause__ = cause
        found.state, found.error = "broken", error
        warn_of_plugin(error.message)


def register(
    manager: Manager, plugin: object, name: str, found: Found | None = None
) -> tuple[str, ...]:
    """Register with pluggy, which checks the arguments; return the names of its hooks.

    Raises:
        PluginError: for an API that is not spoken here, a phase that is none, unknown hooks, and
            for what implements none; it is then not registered.
    """
    span = declared_api(plugin, installed=found is not None)
    check_api(span, lambda: found.requirement if found else None)
    if span[1] < API_VERSION:
        manager.former.add(name)
    phase_of(plugin)
    try:
        manager.register(plugin, name)
    except (pluggy.PluginValidationError, ValueError, TypeError, AttributeError) as error:
        text, owner = str(error).replace("\n", " "), found.distribution if found else None
        raise PluginError(text, plugin=name, distribution=owner) from error
    hooks = [caller.name for caller in manager.get_hookcallers(plugin) or []]
    unknown = next((hook for hook in hooks if hook not in KNOWN_HOOKS), None)
    if hooks and unknown is None:
        return tuple(sorted(hooks))
    from chimeric.faults import hook_fault

    text, hook = hook_fault(plugin, unknown, KNOWN_HOOKS)
    manager.unregister(name=name)
    owner = found.distribution if found else None
    raise PluginError(text, plugin=name, distribution=owner, hook=hook)


def plugins() -> list[PluginInfo]:
    """All installed plugins, loaded to find out their hooks and faults.

    Example:
        >>> for info in plugins():
        ...     print(info.name, info.version, info.state)  # doctest: +SKIP
    """
    from .installed import infos

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)  # the list itself tells
        return infos(Registry())


def matches(patterns: Iterable[str], model: str) -> bool:
    """Whether a model name fits a pattern, whatever the case of its letters is."""
    return any(fnmatchcase(model.lower(), pattern.lower()) for pattern in patterns)


def _allowed(only: Iterable[str] | None) -> set[str] | None:
    """Names of the installed plugins that may be used: the caller's list, or the environment's."""
    if only is not None:
        return {only} if isinstance(only, str) else set(only)
    listed = os.environ.get("CHIMERIC_PLUGINS")
    return None if listed is None else {name.strip() for name in listed.split(",")}
