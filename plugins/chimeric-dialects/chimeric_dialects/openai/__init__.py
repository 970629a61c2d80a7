"""What OpenAI's two protocols share: rules, errors and headers."""

from .strict_schema import strict_complaint

__all__ = ["strict_complaint"]
