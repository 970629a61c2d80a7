"""Values that may be secret: from the environment, or in clear text, which is warned of."""

from __future__ import annotations

import os
import re
import warnings
from urllib.parse import urlsplit

from chimeric import ConfigurationError, Secret

from .document import Document
from .errors import ConfigWarning
from .lines import Path

__all__ = ["Secrets"]

PREFIX = "env:"
CREDENTIAL = re.compile(r"auth|key|token|secret|cookie|credential|password", re.IGNORECASE)


class Secrets:
    """Reads values that may be ``env:NAME``.

    Args:
        document: the file; errors and warnings name its lines, never a value.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._warnings: list[str] = []

    def warn(self) -> None:
        """Tell what was seen in clear text; a file with a fault has an error, and nothing else."""
        for text in self._warnings:
            warnings.warn(ConfigWarning(text), stacklevel=2)

    def key(self, path: Path, value: str) -> Secret:
        """A key.

        Raises:
            ConfigError: for a variable that is not set, or a key that no header could carry.
        """
        text = self._secret(path, value, "a key")
        try:
            return Secret(text)
        except ConfigurationError as error:
            raise self.document.fault(path, str(error)) from None

    def header(self, path: Path, name: str, value: str) -> str:
        """The value of a header; some hold keys."""
        if not CREDENTIAL.search(name):
            return self.text(path, value)
        return self._secret(path, value, "a header that may hold a key")

    def url(self, path: Path, value: str) -> str:
        """A URL, which may hold a password.

        Raises:
            ConfigError: for a variable that is not set.
        """
        text = self.text(path, value)
        if text == value.strip() and _has_password(text):
            self._warn(path, "a password")
        return text

    def _secret(self, path: Path, value: str, what: str) -> str:
        text = self.text(path, value)
        if not value.strip().startswith(PREFIX):
            self._warn(path, what)
        return text

    def text(self, path: Path, value: str) -> str:
        """The text, or what the variable holds that it names.

        Raises:
            ConfigError: when the variable has no name or is not set, or the text is empty.
        """
        value = value.strip()
        if not value:
            raise self.document.fault(path, "this is empty")
        if not value.startswith(PREFIX):
            return value
        name = value.removeprefix(PREFIX).strip()
        if not name:
            raise self.document.fault(path, "env: needs the name of a variable behind it")
        found = os.environ.get(name, "").strip()
        if not found:
            raise self.document.fault(path, f"the variable {name} is not set, or empty")
        return found

    def _warn(self, path: Path, what: str) -> None:
        if not self.document.source:
            return  # a mapping of a program, which has it from wherever it likes
        text = f"{self.document.place(path)}: {what} in clear text; write 'env:NAME'"
        self._warnings.append(f"{text} and set the variable NAME")


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return False
