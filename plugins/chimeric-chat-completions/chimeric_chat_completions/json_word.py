"""The word JSON, without which services refuse to answer in JSON."""

from __future__ import annotations

from chimeric import Request

__all__ = ["ASK", "TOLD", "lacks_word"]

ASK = "Answer with nothing but a JSON object."
"""What is said in its place."""

TOLD = f"json_object is refused where nobody says JSON: {ASK!r} was put before the conversation"


def lacks_word(request: Request) -> bool:
    """Whether ``json_object`` is asked for, and no message says so.

    OpenAI: 400 "'messages' must contain the word 'json' in some form, to use 'response_format' of
    type 'json_object'." Mistral's documentation wants the word in the prompt, too.
    """
    wanted = request.response_format
    if wanted is None or wanted.kind != "json_object":
        return False
    return not any("json" in message.text.lower() for message in request.messages)
