"""Asking a value of unknown origin what it is, in a way that type checkers follow."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Generator, Iterable, Mapping
from types import GeneratorType
from typing import Any, TypeGuard

__all__ = [
    "is_array",
    "is_coroutine_function",
    "is_generator",
    "is_iterable",
    "is_mapping",
    "is_object",
]


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is a decoded JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a decoded JSON array."""
    return isinstance(value, list)


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is a mapping, as callers pass them for dicts."""
    return isinstance(value, Mapping)


def is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Whether it can be iterated."""
    return isinstance(value, Iterable)


def is_coroutine_function(function: Any) -> bool:
    """Whether calling it returns at once, with something to await; partials are looked through."""
    while isinstance(function, functools.partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 -- not a test for being callable
    )


def is_generator(value: object) -> TypeGuard[Generator[Any, Any, Any]]:
    """Whether it is what calling a generator function returns."""
    return type(value) is GeneratorType
