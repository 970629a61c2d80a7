"""What the Responses API has no field for, whoever serves it."""

from __future__ import annotations

from typing import Final

from chimeric_models import Rules, not_taken

__all__ = ["RULES"]

RULES: Final = Rules(
    not_taken("stop", "seed", source="the API's reference has none"),
)
