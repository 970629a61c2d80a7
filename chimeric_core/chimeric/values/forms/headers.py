"""Headers of an answer, as a caller may see them: without keys and cookies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chimeric.values.secrets import MASK, is_credential

__all__ = ["Headers"]


class Headers(Mapping[str, str]):
    """Response headers by name, in whatever case it is asked for; secrets are masked.

    Masking takes longer than most answers are worth: it is done when a header is first read.

    Args:
        headers: names in lower case, and values.
        mask: makes the function that hides the secrets in a text; None where none are left.

    Example:
        >>> Headers({"content-type": "text/plain", "set-cookie": "id=7"})["Content-Type"]
        'text/plain'
    """

    __slots__ = ("_headers", "_mask")

    def __init__(
        self, headers: Mapping[str, str], mask: Callable[[], Callable[[str], str]] | None = None
    ) -> None:
        self._headers = headers
        self._mask = mask

    def _shown(self) -> Mapping[str, str]:
        if self._mask is not None:
            hide = self._mask()
            self._headers = {
                name: MASK if _is_secret(name) else hide(value)
                for name, value in self._headers.items()
            }
            self._mask = None
        return self._headers

    def __getitem__(self, name: str) -> str:
        return self._shown()[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._headers

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return repr(dict(self._shown()))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Headers, (dict(self._shown()),))


def _is_secret(name: str) -> bool:
    """Whether a header is a credential; a number of tokens is none."""
    return is_credential(name.replace("tokens", ""))
