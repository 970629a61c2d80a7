"""Plugins: found through entry points without importing them, loaded when needed, set aside when
broken."""

from __future__ import annotations

import inspect
import os
import threading
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import pluggy

from chimeric.errors import PluginError, PluginWarning
from chimeric.nearest import nearest

from . import hookspecs
from .api import API_VERSION, Manager, check_api, declared_api, phase_of, read_range
from .discovery import Found, PluginInfo, PluginState, find_plugins
from .hookspecs import PROVIDER_HOOKS
from .provider import Provider
from .provider_plugin import ProviderPlugin

__all__ = ["PluginInfo", "PluginState", "Registry", "object_name", "plugins", "register"]

REQUIRED_PROVIDER_HOOKS = (
    "chimeric_provider",
    "chimeric_build_request",
    "chimeric_parse_event",
    "chimeric_parse_response",
)


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
        self._objects: list[PluginInfo] = []
        self._object_providers: dict[str, ProviderPlugin] = {}
        self._aliases: dict[str, str] = {}
        self._discover(set(disable), _allowed(only))
        for plugin in extra:
            self._register_object(plugin)
        for found in list(self._found.values()):
            if found.kind == "middleware" and found.state == "found":
                self._load(found)

    # --- what there is ---------------------------------------------------------------------------

    def provider_names(self) -> list[str]:
        """Names of the providers that can be asked for, broken ones left out; imports nothing."""
        usable = [f.name for f in self._providers() if f.state in ("found", "active")]
        return sorted({*usable, *self._object_providers})

    def provider(self, name: str) -> ProviderPlugin | None:
        """The provider of that name or alias, loaded now; None when there is none.

        Raises:
            PluginError: when there is one, and it is broken.
        """
        with self._lock:
            if name in self._object_providers:
                return self._object_providers[name]
            found = self._found.get(name)
            if found is None or found.kind != "provider":
                return None
            if found.state == "found":
                self._load(found)
            if found.error is not None:
                raise found.error
            return found.provider

    def by_alias(self, alias: str) -> ProviderPlugin | None:
        """The provider that declares the alias; loads all providers."""
        return next((p for p in self.load_providers() if alias in p.declaration.aliases), None)

    def load_providers(self) -> list[ProviderPlugin]:
        """All providers that can be loaded, by name; broken ones are set aside."""
        loaded: list[ProviderPlugin] = []
        for name in self.provider_names():
            try:
                plugin = self.provider(name)
            except PluginError:
                continue
            if plugin is not None:
                loaded.append(plugin)
        return loaded

    def infos(self, *, load: bool = True) -> list[PluginInfo]:
        """All plugins, by kind and name; ``load`` also finds out their hooks and faults."""
        if load:
            self.load_providers()
        entries = [f.info() for f in (*self._found.values(), *self._shadowed)]
        return sorted([*entries, *self._objects], key=lambda info: (info.kind, info.name))

    # --- loading ---------------------------------------------------------------------------------

    def _providers(self) -> Iterator[Found]:
        return (f for f in self._found.values() if f.kind == "provider")

    def _discover(self, disable: set[str], allow: set[str] | None) -> None:
        for found in find_plugins():
            taken = self._found.get(found.name)
            if taken is not None:
                self._set_aside(
                    found,
                    f"the name {found.name!r} is taken by {taken.distribution}; "
                    "uninstall one of the two",
                )
                self._shadowed.append(found)
                continue
            if found.name in disable or (allow is not None and found.name not in allow):
                found.state = "disabled"
            self._found[found.name] = found

    def _load(self, found: Found) -> None:
        """Import a plugin and register it, or set it aside with the reason."""
        try:
            plugin = found.entry.load()
        except Exception as error:
            self._set_aside(found, _import_advice(found, error), error)
            return
        except SystemExit as error:
            self._set_aside(found, "it called sys.exit() while it was imported", error)
            return
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # pyo3's PanicException, pytest's Skipped, a cancellation
            self._set_aside(found, _import_advice(found, error), error)
            return
        try:
            self._check_api(plugin, found.name, found)
            found.hooks = self._register(plugin, found.name, found.distribution)
            if found.kind == "provider" or "chimeric_provider" in found.hooks:
                found.provider = self._make_provider(plugin, found.name, found.distribution)
        except PluginError as error:
            self._unregister(found.name)
            self._set_aside(found, error.message, error)
            return
        found.state = "active"

    def _check_api(self, plugin: object, name: str, found: Found | None) -> None:
        """Refuse a plugin of an API that is not spoken here; note one of the API before."""
        span = declared_api(plugin, installed=found is not None)
        check_api(span, lambda: found.requirement if found is not None else None)
        if span[1] < API_VERSION:
            self.manager.former.add(name)

    def _register(self, plugin: object, name: str, distribution: str | None) -> tuple[str, ...]:
        phase_of(plugin)
        hooks = register(self.manager, plugin, name, distribution)
        self.version += 1
        return hooks

    def _unregister(self, name: str) -> None:
        if self.manager.has_plugin(name):
            self.manager.unregister(name=name)

    def _make_provider(self, plugin: object, name: str, distribution: str | None) -> ProviderPlugin:
        implemented = {c.name for c in self.manager.get_hookcallers(plugin) or []}
        missing = [h for h in REQUIRED_PROVIDER_HOOKS if h not in implemented]
        if missing:
            raise PluginError(
                f"a provider must implement {', '.join(missing)}",
                plugin=name,
                distribution=distribution,
            )
        functions = {
            impl.hook: impl
            for impl in _implementations(self.manager, plugin)
            if impl.hook in PROVIDER_HOOKS
        }
        provider = ProviderPlugin.load(functions, name, distribution)
        self._check_declaration(plugin, provider.declaration, name, distribution)
        told: Any = provider.declaration.api or provider.declaration.api_version
        installed = distribution is not None
        span = read_range(told, "") if told else declared_api(plugin, installed=installed)
        provider = msgspec.structs.replace(provider, api=min(span[1], API_VERSION))
        for alias in provider.declaration.aliases:
            self._aliases.setdefault(alias, name)
        return provider

    def _check_declaration(
        self, plugin: object, declaration: Provider, name: str, distribution: str | None
    ) -> None:
        told = declaration.api or declaration.api_version
        if told is not None:
            found = self._found.get(name)
            check_api(
                read_range(told, "Provider.api"),
                lambda: found.requirement if found is not None else None,
            )
        if declaration.name != name:
            raise PluginError(
                f"it declares the provider {declaration.name!r}, but its entry point is named "
                f"{name!r}: give both one name",
                plugin=name,
                distribution=distribution,
            )
        for alias in declaration.aliases:
            other = self._aliases.get(alias, name)
            if other != name or (alias in self._found and alias != name):
                raise PluginError(
                    f"its alias {alias!r} is taken by {other!r}",
                    plugin=name,
                    distribution=distribution,
                )

    def _register_object(self, plugin: object) -> None:
        """Register an object that the caller passed: a mistake there is the caller's to know."""
        name = object_name(plugin)
        if self.manager.has_plugin(name):
            name = f"{name}-{len(self._objects)}"
        try:
            self._check_api(plugin, name, None)
            hooks = self._register(plugin, name, None)
            if "chimeric_provider" in hooks:
                declared = getattr(plugin, "chimeric_provider")()  # noqa: B009
                provider_name = declared.name
                if provider_name in self._found and self._found[provider_name].state != "disabled":
                    raise PluginError(
                        f"it declares the provider {provider_name!r}, a name that is taken by "
                        f"{self._found[provider_name].distribution}; pass disable_plugins="
                        f"[{provider_name!r}] to take its place",
                        plugin=name,
                    )
                provider = self._make_provider(plugin, provider_name, None)
                self._object_providers[provider_name] = provider
        except PluginError as error:
            self._unregister(name)
            error.args = (error.message,)
            raise PluginError(
                f"plugin {name!r} cannot be used: {error.message}", plugin=name, hook=error.hook
            ) from error
        self._objects.append(PluginInfo(name=name, kind="object", hooks=hooks, state="active"))

    def _set_aside(self, found: Found, reason: str, cause: BaseException | None = None) -> None:
        error = PluginError(
            f"plugin {found.name!r} of {found.distribution} {found.version or '(no version)'} "
            f"is set aside: {reason}",
            plugin=found.name,
            distribution=found.distribution,
        )
        error.__cause__ = cause
        found.state, found.error = "broken", error
        warnings.warn(PluginWarning(error.message), stacklevel=2)


def register(
    manager: pluggy.PluginManager, plugin: object, name: str, distribution: str | None
) -> tuple[str, ...]:
    """Register with pluggy, which checks the arguments; return the names of its hooks.

    Raises:
        PluginError: for unknown hooks, and for what implements none; it is then not registered.
    """
    try:
        manager.register(plugin, name)
    except (pluggy.PluginValidationError, ValueError, TypeError, AttributeError) as error:
        text = str(error).replace("\n", " ")
        raise PluginError(text, plugin=name, distribution=distribution) from error
    found = [caller.name for caller in manager.get_hookcallers(plugin) or []]
    known = sorted(n for n in vars(hookspecs) if n.startswith("chimeric_"))
    unknown = next((hook for hook in found if hook not in known), None)
    misspelt = _unmarked(plugin, known)
    if found and unknown is None:
        return tuple(sorted(found))
    manager.unregister(name=name)
    if unknown is not None:
        near = nearest(unknown, known)
        text = f"it implements {unknown}, which is no hook"
        text += f"; did you mean {near}?" if near else ""
    elif misspelt:
        text = f"{misspelt} is not marked: decorate it with @chimeric.hookimpl"
    else:
        text = "it implements no hook: mark functions with @chimeric.hookimpl"
    hook = unknown or misspelt
    raise PluginError(text, plugin=name, distribution=distribution, hook=hook)


def plugins() -> list[PluginInfo]:
    """All installed plugins, loaded to find out their hooks and faults.

    Example:
        >>> for info in plugins():
        ...     print(info.name, info.version, info.state)  # doctest: +SKIP
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)  # the list itself tells
        return Registry().infos()


def object_name(plugin: object) -> str:
    """A readable name for a plugin object: its ``name``, module or class name."""
    name = getattr(plugin, "name", None) or getattr(plugin, "__name__", None)
    return str(name or type(plugin).__name__)


class _Implementation(msgspec.Struct, frozen=True):
    hook: str
    function: Any
    argnames: tuple[str, ...]


def _implementations(manager: pluggy.PluginManager, plugin: object) -> Iterator[Any]:
    for caller in manager.get_hookcallers(plugin) or []:
        for impl in caller.get_hookimpls():
            if impl.plugin is plugin:
                yield _Implementation(caller.name, impl.function, impl.argnames)


def _allowed(only: Iterable[str] | None) -> set[str] | None:
    """Names of the installed plugins that may be used: the caller's list, or the environment's."""
    if only is not None:
        return {only} if isinstance(only, str) else set(only)
    listed = os.environ.get("CHIMERIC_PLUGINS")
    return None if listed is None else {name.strip() for name in listed.split(",")}


def _import_advice(found: Found, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return (
            f"the module {error.name!r} is missing; reinstall {found.distribution} with its "
            "dependencies"
        )
    return f"it cannot be imported: {type(error).__name__}: {error}"


def _unmarked(plugin: object, known: list[str]) -> str | None:
    for name in known:
        if inspect.isroutine(getattr(plugin, name, None)):
            return name
    return None
