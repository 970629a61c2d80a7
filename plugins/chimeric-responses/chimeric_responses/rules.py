"""What the Responses API has no field for, whoever serves it."""

from __future__ import annotations

from typing import Final

from chimeric_models import Rules, left_out

__all__ = ["RULES"]

RULES: Final = Rules(
    left_out("stop", "seed", source="the API's reference has none"),
)
