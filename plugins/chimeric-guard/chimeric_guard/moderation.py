"""A check that asks OpenAI's moderation endpoint, or one that speaks its protocol."""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Mapping
from typing import Any

from chimeric import ConfigurationError, HTTPRequest, Secret, fetch

from .verdicts import Refuse, Verdict

__all__ = ["Moderation"]


class Moderation:
    """A check for ``Guard`` and ``InputGuard``: ``POST {base_url}/moderations``.

    It refuses what the service flags; the reason names the categories. An answer that is none
    (another status, no result) is an error, as ``on_error`` of the guard says.

    Source: OpenAI's API reference, "Create moderation"; ``types/moderation.py`` of its SDK.

    Args:
        api_key: the key; else ``OPENAI_API_KEY``.
        base_url: where the service is, with its version path.
        model: the model to ask.
        thresholds: scores (0 to 1) by category from which it refuses, such as
            ``{"violence": 0.6}``. The service's own judgement does not count then, nor do
            categories that are not named.
        ignore: categories that may be flagged.

    Raises:
        ValueError: for a threshold that is no share of 1.
        ConfigurationError: when it is asked and there is no key.

    Example:
        >>> check = Moderation("sk-...", ignore=["violence"])
    """

    by = "sentence"

    def __init__(
        self,
        api_key: str | Secret | None = None,
        *,
        base_url: str = "https://api.openai.com/v1",
        model: str = "omni-moderation-latest",
        thresholds: Mapping[str, float] | None = None,
        ignore: Collection[str] = (),
    ) -> None:
        for category, least in (thresholds or {}).items():
            if not 0 <= least <= 1:
                raise ValueError(f"the threshold of {category} is {least}; it goes from 0 to 1")
        self._key = Secret(api_key) if isinstance(api_key, str) else api_key
        self._url = f"{base_url.rstrip('/')}/moderations"
        self._model = model
        self._thresholds = thresholds
        self._ignore = frozenset([ignore] if isinstance(ignore, str) else ignore)

    def __call__(self, text: str) -> Generator[Any, Any, Verdict]:
        key = os.environ.get("OPENAI_API_KEY") if self._key is None else self._key.reveal()
        if not key:
            raise ConfigurationError("moderation needs a key: Moderation(key) or OPENAI_API_KEY")
        response = yield from fetch(
            HTTPRequest(
                url=self._url,
                headers={"authorization": f"Bearer {key}"},
                body={"model": self._model, "input": text},
            )
        )
        if response.status != 200:
            raise ValueError(f"the moderation endpoint answered with status {response.status}")
        found = [category for result in response.json()["results"] for category in self._of(result)]
        return Refuse(f"moderation: {', '.join(found)}") if found else True

    def _of(self, result: Mapping[str, Any]) -> list[str]:
        """The categories for which a result is refused."""
        if self._thresholds is not None:
            scores = result["category_scores"]
            found = [c for c, least in self._thresholds.items() if scores.get(c, 0.0) >= least]
        elif result["flagged"]:
            found = [category for category, flagged in result["categories"].items() if flagged]
            found = found or ["flagged"]
        else:
            found = []
        return [category for category in found if category not in self._ignore]
