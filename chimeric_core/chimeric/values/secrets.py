"""A value that must not be seen: API keys and tokens."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from chimeric.errors import ConfigurationError

__all__ = ["CREDENTIAL_HEADER", "Key", "Secret", "as_key", "header_fault", "is_credential"]

MASK = "***"

CREDENTIAL = re.compile(
    r"auth|token|secret|cookie|credential|password|api-?key|(?<!idempotency)-key$", re.IGNORECASE
)
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LATIN = re.compile(r"[\x00-\xff]*")
CREDENTIAL_HEADER = re.compile(
    "auth|key|token|secret|cookie|credential|password|session|signature"
    "|tenant|organization|project|account|subscription",
    re.IGNORECASE,
)
"""Names of headers that tell who is asking: found anywhere in a name, they stay with a provider."""


class Secret:
    """Holds a key; its repr, str and format are masked, and it cannot be pickled or copied.

    Example:
        >>> Secret("sk-abcdef1234567890")
        Secret('***7890')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()

    def reveal(self) -> str:
        """The key itself. For the one place that writes it into a request header."""
        return self._value

    def mask(self, text: str) -> str:
        """``text`` with every occurrence of the key replaced, escaped and encoded ones too."""
        from chimeric.masking import Masker  # of use only when something has gone wrong

        return Masker([self._value]).text(text)

    def is_in(self, text: str) -> bool:
        """Whether the key stands in ``text`` as it is."""
        return len(self._value) >= 4 and self._value in text

    def header_fault(self) -> str | None:
        """Why no header can carry the key, or None."""
        return header_fault("authorization", self._value, ascii_only=True)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        # Four characters tell two keys apart; of a short value nothing is shown.
        tail = self._value[-4:] if len(self._value) >= 16 else ""
        return f"Secret('{MASK}{tail}')"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied")


Key: TypeAlias = Secret | Callable[[], Any]
"""A key, or what is called for one whenever a request needs it (plain or async)."""


def as_key(value: Any, where: str) -> Key:
    """A key as the caller gave it: a string, a ``Secret``, or a callable that returns one.

    Args:
        value: what was given.
        where: the argument, for the text of the error.

    Raises:
        ConfigurationError: for anything else; the value is not repeated.
    """
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        return Secret(value)
    if callable(value) and not isinstance(value, type):
        asked: Callable[[], Any] = value
        return asked
    raise ConfigurationError(
        f"{where} must be a string, a Secret or a callable that returns one, "
        f"not {type(value).__name__}"
    )


@functools.lru_cache(maxsize=256)
def is_credential(name: str) -> bool:
    """Whether a header of that name carries a credential.

    Example:
        >>> is_credential("x-api-key"), is_credential("idempotency-key")
        (True, False)
    """
    return CREDENTIAL.search(name) is not None


def header_fault(name: str, value: str, *, ascii_only: bool = False) -> str | None:
    """Why HTTP cannot carry a header, or None. The value is never repeated: it may be a key."""
    if CONTROL.search(name) or CONTROL.search(value):
        return "holds a control character (a line break?); remove it"
    # Asked, not tried: the exception of a failed encode() would hold the value.
    if not NAME.fullmatch(name) or not (value.isascii() if ascii_only else LATIN.fullmatch(value)):
        return "holds characters that HTTP headers cannot carry"
    return None
