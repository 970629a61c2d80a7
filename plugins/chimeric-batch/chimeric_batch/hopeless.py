"""Failures that say something of every request: the key is wrong, or there is no such model.

Most services answer 404 where they do not have a model, which is a ``NotFoundError``. Some answer
400, as to any bad request, and only a code, a type or their words tell.
"""

from __future__ import annotations

from typing import Final

from chimeric import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
)

__all__ = ["concerns_every_request"]

REFUSALS: Final = (AuthenticationError, NotFoundError, PermissionDeniedError)
"""What a provider says when the key or the model is wrong."""

CODES: Final = frozenset(
    (
        "model_not_found",  # OpenAI's Responses API
        "invalid_model",  # Mistral and Perplexity, as the type
        "1211",  # Z.ai: https://docs.z.ai/api-reference/api-code
        "20012",  # SiliconFlow: https://docs.siliconflow.cn/en/faqs/error-code
    )
)
"""Codes and types of a 400 that speak of the model alone."""

WORDS: Final = (
    "Model Not Exist",  # DeepSeek
    "is not a valid model ID",  # OpenRouter
    "model identifier is invalid",  # Bedrock
)
"""Words of those whose code and type are those of any bad request."""


def concerns_every_request(error: BaseException) -> bool:
    """Whether a provider refused something that other requests with this key and model share.

    Args:
        error: what a call failed with.

    Example:
        .. code-block:: python

            for result in generate_many(client, prompts, model="gpt-4o", give_up_after=None):
                if result.error is not None and concerns_every_request(result.error):
                    raise result.error
    """
    if not isinstance(error, BadRequestError):
        return isinstance(error, REFUSALS)
    told = {str(error.code), str(error.type)}
    return bool(told & CODES) or any(words in error.message for words in WORDS)
