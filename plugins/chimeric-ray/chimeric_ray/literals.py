"""Keys that are written in functions: these are pickled with all that their code holds.

A key is known by its beginning, wherever it stands, or by the name that it is given to. Nothing is
run for that: a function's instructions are followed in order, as far as they put constants
together.
"""

from __future__ import annotations

import dis
import functools
import inspect
import re
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any, Final, cast

__all__ = ["LOOKS_LIKE_A_KEY", "written_keys"]

LOOKS_LIKE_A_KEY: Final = re.compile(
    rb"(?<![A-Za-z0-9])(?:sk-|gsk_|csk-|xai-|pplx-|nvapi-|hf_|fw_|AIza)(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}"
)
"""How keys begin at OpenAI, Anthropic and many others (``sk-``), Groq, Cerebras, xAI, Perplexity,
NVIDIA, Hugging Face, Fireworks and Google; one digit at least tells them from words."""

NAMED: Final = re.compile(
    r"(?:^|_)(?:api_?keys?|auth_?token|secret|password)$|^(?:x-api-key|authorization)$",
    re.IGNORECASE,
)
"""Names of arguments, variables and headers that are given keys."""

SHORTEST: Final = 8
"""Characters of a text that may be a key."""


def written_keys(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """The keys that are written in a function, or in what it is made of.

    Args:
        value: a function, a ``functools.partial``, a container or a text.
        name: what it is given to.

    Yields:
        The name that a key is given to, and the key.

    Example:
        >>> from chimeric import Chimeric
        >>> list(written_keys(lambda: Chimeric(openai_api_key="not-to-be-told")))
        [('openai_api_key', 'not-to-be-told')]
    """
    return _Search().of(value, name)


class _Search:
    """One look at each function."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def of(self, value: object, name: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, (str, bytes)):
            text = value if isinstance(value, str) else value.decode("latin-1")
            if NAMED.search(name) and len(text) >= SHORTEST:
                yield name, text
            return
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, Mapping):
            for key, inner in cast("Mapping[Any, object]", value).items():
                # In ``api_keys={"openai": ...}`` the outer name tells.
                yield from self.of(inner, name if NAMED.search(name) else str(key))
        elif isinstance(value, (list, tuple, set, frozenset)):
            for inner in cast("tuple[object, ...]", value):
                yield from self.of(inner, name)
        elif isinstance(value, functools.partial):
            made: functools.partial[Any] = value
            for part in (made.func, made.args, made.keywords):
                yield from self.of(part, name)
        elif inspect.ismethod(value):
            yield from self.of(value.__func__, name)
        elif isinstance(value, FunctionType):
            yield from self._function(value, name)

    def _function(self, function: FunctionType, name: str) -> Iterator[tuple[str, str]]:
        code = function.__code__
        yield from self._code(code, name)
        defaults = function.__defaults__ or ()
        positional = code.co_varnames[: code.co_argcount]
        given = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
        given |= function.__kwdefaults__ or {}
        for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                given[variable] = cell.cell_contents
            except ValueError:  # it is not set yet
                continue
        known = function.__globals__
        given |= {used: known[used] for used in code.co_names if used in known}
        for variable, value in given.items():
            yield from self.of(value, variable)

    def _code(self, code: CodeType, name: str) -> Iterator[tuple[str, str]]:
        """Keys among the constants of code, and of the functions in it.

        A function that is given as a key (``name``) returns one.
        """
        for names, values in _given(code):
            for given, value in zip(names, values, strict=True):
                yield from self.of(value, given or name)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from self._code(constant, "")


UNKNOWN: Final = None
"""A value that is no constant: nobody is given None for a key."""

IDLE: Final = frozenset({"KW_NAMES", "NOP", "PRECALL", "RESUME"})
"""Instructions that leave the top of the stack as it is."""

STORES: Final = frozenset({"STORE_DEREF", "STORE_FAST", "STORE_GLOBAL", "STORE_NAME"})


def _given(code: CodeType) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Names and what they are given: arguments of calls, variables; "" for what is returned."""
    stack: list[Any] = []
    for step in dis.get_instructions(code):
        argument = step.arg or 0
        made: Any = UNKNOWN
        if step.opname.startswith("LOAD_CONST"):
            stack.append(step.argval)
            continue
        if step.opname == "KW_NAMES":  # up to Python 3.12
            names = code.co_consts[argument]
            yield names, _top(stack, len(names))
        elif step.opname == "CALL_KW" and isinstance(names := _top(stack, 1)[0], tuple):
            yield cast("tuple[str, ...]", names), _top(stack[:-1], len(names))
        elif step.opname == "BUILD_CONST_KEY_MAP" and isinstance(keys := _top(stack, 1)[0], tuple):
            made = dict(zip(cast("tuple[str, ...]", keys), _top(stack[:-1], argument), strict=True))
        elif step.opname == "BUILD_MAP":
            parts = _top(stack, 2 * argument)
            made = {str(key): value for key, value in zip(parts[::2], parts[1::2], strict=True)}
        elif step.opname in STORES:
            yield (str(step.argval),), _top(stack, 1)
        elif step.opname == "RETURN_CONST":  # Python 3.12 and 3.13
            yield ("",), [step.argval]
        elif step.opname == "RETURN_VALUE":
            yield ("",), _top(stack, 1)
        if isinstance(made, dict):
            yield tuple(made), [*made.values()]
        _take(stack, step, made)


def _top(stack: list[Any], count: int) -> list[Any]:
    """The last values; those of before a branch are not known."""
    known = stack[len(stack) - min(count, len(stack)) :]
    return [UNKNOWN] * (count - len(known)) + known


def _take(stack: list[Any], step: dis.Instruction, made: Any) -> None:
    """Do to the stack what an instruction does, as far as its depth tells."""
    argument = step.arg if step.opcode >= dis.HAVE_ARGUMENT else None
    effect = dis.stack_effect(step.opcode, argument, jump=False)
    if effect > 0:
        stack.extend([UNKNOWN] * effect)
    elif effect < 0:
        del stack[max(0, len(stack) + effect) :]
    if step.opname.startswith("BUILD_"):
        stack[-1:] = [made]
    elif stack and effect <= 0 and step.opname not in IDLE:
        stack[-1] = UNKNOWN
