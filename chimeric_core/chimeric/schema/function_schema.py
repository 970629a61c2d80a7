"""Functions as tools: their JSON schema, and arguments that fit their signature."""

from __future__ import annotations

import contextlib
import functools
import inspect
import re
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from chimeric.errors import ToolRegistrationError

from .as_written import annotated_text
from .docstrings import read_docstring
from .field_defaults import FieldDefault, check_default, described
from .json_schema import JSONSchema, without_nulls
from .json_values import convert_value, decode_text, plain_value, type_schema

__all__ = ["FunctionSchema", "bind_arguments", "bind_text", "function_schema"]

TOOL_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What every provider accepts as a tool's name."""

SHOWN_KEYS: Final = 5
SHOWN_CHARACTERS: Final = 50
"""How many unknown keys a message shows, and how much of each."""

Parameter = inspect.Parameter
NOT_BY_NAME = {
    Parameter.POSITIONAL_ONLY: "a positional-only parameter cannot be given by name",
    Parameter.VAR_POSITIONAL: "a model cannot give arguments without a name",
    Parameter.VAR_KEYWORD: "a model cannot know which names it takes",
}


class FunctionSchema(msgspec.Struct, frozen=True):
    """A function as a model sees it.

    Attributes:
        name: what the model calls it.
        description: what it does.
        parameters: JSON schema of its arguments: an object that allows no other keys.
    """

    name: str
    description: str
    parameters: JSONSchema


def function_schema(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    description: str | None = None,
    given: type | None = None,
) -> FunctionSchema:
    """Describe a function, method, ``functools.partial`` or callable object as a tool.

    Types come from the hints (a parameter without one takes any JSON), texts from
    ``Annotated[..., "text"]``, ``msgspec.Meta`` or the docstring. What a partial has bound, the
    model neither sees nor can override; the same holds for parameters of the type ``given``.

    Raises:
        ToolRegistrationError: when something has no JSON form; the text names the function,
            the parameter and the reason.

    Example:
        >>> def add(a: int, b: int = 1) -> int:
        ...     "Add two numbers."
        >>> function_schema(add).parameters["properties"]
        {'a': {'type': 'integer'}, 'b': {'type': 'integer', 'default': 1}}
    """
    if isinstance(function, type):
        raise ToolRegistrationError(
            f"{function.__name__} is a class: give a function, or a Tool with its parameters"
        )
    tool_name = _own_name(function) if name is None else name
    if not TOOL_NAME.fullmatch(tool_name):
        raise ToolRegistrationError(
            f"{tool_name!r} is not a valid tool name: use 1 to 64 letters, digits, '_' and '-', "
            "and set it with name="
        )
    docs = read_docstring(inspect.getdoc(_source(function)))
    return FunctionSchema(
        name=tool_name,
        description=docs.description if description is None else description,
        parameters=_parameters_schema(function, tool_name, docs.parameters, given),
    )


def bind_arguments(
    function: Callable[..., Any],
    arguments: str,
    given: tuple[type, Any] | None = None,
    schema: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Turn a call's JSON text into keyword arguments of the types that the signature names.

    Defaults are left for the call itself to fill in. A function with ``**kwargs`` (a hand-written
    ``Tool`` may have one) gets other keys there, as plain data. ``given`` is a type and the value
    for parameters of that type, which no call can set. Of a ``schema``, nulls that it forbids are
    left out: where it was enforced exactly, they stand for what was left out.

    Raises:
        ValueError: when the arguments do not fit; the text is fit for the model to read.

    Example:
        >>> def add(a: int, b: int = 1) -> int: ...
        >>> bind_arguments(add, '{"a": 2}')
        {'a': 2}
        >>> bind_arguments(add, '{"b": "x", "c": 1}')
        Traceback (most recent call last):
        ...
        ValueError: missing 'a'; unknown 'c' (known: a, b); b: Expected `int`, got `str`
    """
    told = _decode_object(arguments)
    if schema is not None and "null" in arguments:
        told = without_nulls(told, schema)
    parameters = _parameters(function)
    own: set[str] = set() if given is None else _given_names(function, parameters, given[0])
    known = {p.name: p for p in parameters if p.kind not in NOT_BY_NAME and p.name not in own}
    takes_any = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
    problems = _name_problems(told, known, takes_any and own.isdisjoint(told))
    bound: dict[str, Any] = dict.fromkeys(own, given and given[1])
    for key, value in told.items():
        parameter = known.get(key)
        if parameter is None:
            bound[key] = value
            continue
        try:
            bound[key] = convert_value(value, _hint(function, parameter))
        except (ValueError, TypeError) as error:
            # Under a strict schema null stands for an argument that was left out.
            if value is not None or parameter.default is Parameter.empty:
                problems.append(_at_parameter(key, str(error)))
    if problems:
        raise ValueError("; ".join(problems))
    for parameter in parameters:
        if isinstance(parameter.default, FieldDefault) and parameter.name not in bound:
            bound[parameter.name] = parameter.default.value(bound)
    return bound


def bind_text(
    function: Callable[..., Any], text: str, given: tuple[type, Any] | None = None
) -> functools.partial[Any]:
    """The function with a call's free text as its one argument, of the type that it names.

    ``given`` is as for ``bind_arguments``.

    Raises:
        ValueError: when the function cannot be called with one text.

    Example:
        >>> def query(sql: str) -> str: ...
        >>> bind_text(query, "SELECT 1").keywords
        {'sql': 'SELECT 1'}
    """
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    own: set[str] = set() if given is None else _given_names(function, parameters, given[0])
    others = [p for p in parameters if p.name not in own]
    named: dict[str, Any] = dict.fromkeys(own, given and given[1])
    try:
        signature.replace(parameters=others).bind(text)
    except TypeError as error:
        raise ValueError(f"it cannot be called with one text: {error}") from None
    first = others[0]
    value = convert_value(text, _hint(function, first))
    if first.kind is not Parameter.POSITIONAL_OR_KEYWORD:
        return functools.partial(function, value, **named)
    return functools.partial(function, **{first.name: value}, **named)


def _decode_object(text: str) -> dict[str, Any]:
    try:
        value = decode_text(text if text.strip() else "{}")
    except ValueError as error:
        raise ValueError(f"the arguments are not JSON: {error}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"the arguments must be a JSON object, not {type(value).__name__}")
    return cast("dict[str, Any]", value)


def _name_problems(
    given: Mapping[str, Any], known: Mapping[str, Parameter], takes_any: bool
) -> list[str]:
    problems = [
        f"missing {name!r}"
        for name, parameter in known.items()
        if parameter.default is Parameter.empty and name not in given
    ]
    unknown = (
        [] if takes_any else [repr(key[:SHOWN_CHARACTERS]) for key in given if key not in known]
    )
    if unknown:
        more = ", ..." if len(unknown) > SHOWN_KEYS else ""
        names = ", ".join(known) or "none"
        problems.append(f"unknown {', '.join(unknown[:SHOWN_KEYS])}{more} (known: {names})")
    return problems


def _at_parameter(name: str, reason: str) -> str:
    """msgspec says ``reason - at `$.a[0]` ``; the parameter is the root of that path."""
    message, marker, path = reason.partition(" - at `$")
    return f"{name}{path.rstrip('`')}: {message}" if marker else f"{name}: {message}"


def _given_names(
    function: Callable[..., Any], parameters: Iterable[Parameter], kind: type
) -> set[str]:
    """Names of the parameters of a type: as it is, annotated, or optional."""
    names: set[str] = set()
    for parameter in parameters:
        if parameter.annotation is not Parameter.empty and parameter.kind not in NOT_BY_NAME:
            with contextlib.suppress(TypeError):  # it is told where the type is needed
                if _is_or_none(_hint(function, parameter, kind), kind):
                    names.add(parameter.name)
    return names


def _is_or_none(hint: Any, kind: type) -> bool:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) not in (Union, types.UnionType):
        return hint is kind
    kinds = [part for part in get_args(hint) if part is not types.NoneType]
    return len(kinds) == 1 and _is_or_none(kinds[0], kind)


def _parameters_schema(
    function: Callable[..., Any], tool_name: str, texts: Mapping[str, str], given: type | None
) -> JSONSchema:
    properties: JSONSchema = {}
    definitions: JSONSchema = {}
    required: list[str] = []
    parameters = _parameters(function)
    own: set[str] = set() if given is None else _given_names(function, parameters, given)
    for parameter in parameters:
        if parameter.name in own:
            continue
        try:
            schema = _parameter_schema(function, parameter, texts)
            for name, definition in schema.pop("$defs", {}).items():
                if definitions.setdefault(name, definition) != definition:
                    raise TypeError(f"two different types are named {name}")
        except TypeError as error:
            raise ToolRegistrationError(
                f"tool {tool_name!r}, parameter {parameter.name!r}: {error}"
            ) from error
        properties[parameter.name] = schema
        if parameter.default is Parameter.empty:
            required.append(parameter.name)
    result: JSONSchema = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return {**result, "$defs": definitions} if definitions else result


def _parameter_schema(
    function: Callable[..., Any], parameter: Parameter, texts: Mapping[str, str]
) -> JSONSchema:
    if parameter.kind in NOT_BY_NAME:
        raise TypeError(NOT_BY_NAME[parameter.kind])
    if parameter.name in ("self", "cls") and parameter.annotation is Parameter.empty:
        raise TypeError("give the method of an object (obj.method), not that of its class")
    check_default(parameter)
    hint = _hint(function, parameter)
    schema = type_schema(hint)
    text = annotated_text(hint) or texts.get(parameter.name)
    if text:
        schema["description"] = text
    if parameter.default is not Parameter.empty:
        # A default without a JSON form is the function's own business.
        with contextlib.suppress(TypeError, ValueError):
            schema["default"] = plain_value(parameter.default)
    return schema


def _parameters(function: Callable[..., Any]) -> list[Parameter]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise ToolRegistrationError(f"{_own_name(function)} has no signature: {error}") from error
    bound = _bound(function)
    return [_described(function, p) for p in signature.parameters.values() if p.name not in bound]


def _bound(function: Callable[..., Any]) -> Mapping[str, Any]:
    return function.keywords if isinstance(function, functools.partial) else {}


def _described(function: Callable[..., Any], parameter: Parameter) -> Parameter:
    with contextlib.suppress(TypeError):  # of a hint: it is told where the type is needed
        return described(parameter, lambda: _hint(function, parameter))
    return parameter


def _source(function: Any) -> Any:
    """The function that was written down: name, docstring and the names its hints may use."""
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    if inspect.isroutine(function):
        return function
    return inspect.unwrap(type(function).__call__)


def _own_name(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__))


def _hint(function: Callable[..., Any], parameter: Parameter, given: type | None = None) -> Any:
    """The type of a parameter, with names in string annotations resolved.

    Each parameter by itself, so that an unresolvable return type is nobody's problem. The name of
    ``given`` is known also where a module imports it for type checkers alone.
    """
    if parameter.annotation is Parameter.empty:
        return Any
    source = _source(function)
    source = getattr(source, "__func__", source)
    names = getattr(source, "__globals__", {})
    known = {} if given is None or given.__name__ in names else {given.__name__: given}
    holder = types.SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    try:
        hints = get_type_hints(holder, names, {**known, **_enclosed(source)}, include_extras=True)
    except Exception as error:  # an annotation is any expression
        raise TypeError(f"its type {parameter.annotation!r} cannot be resolved: {error}") from error
    return hints[parameter.name]


def _enclosed(function: Any) -> dict[str, Any]:
    """What a nested function takes from the function around it."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    values: dict[str, Any] = {}
    for name, cell in zip(names, getattr(function, "__closure__", None) or (), strict=False):
        try:
            values[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return values
