"""Whether each thing that was said is in a request, or was told."""

from __future__ import annotations

from collections.abc import Sequence

from .asking import meaning
from .said import Leaf, Said

__all__ = ["lost"]


def lost(said: Said, body: bytes | str, told: Sequence[str]) -> list[str]:
    """What neither stands in the body nor in a warning, or stands there twice or out of order.

    Args:
        said: what was said.
        body: the body that was sent, as JSON.
        told: the texts of the ``TranslationWarning``s.

    Returns:
        A sentence for each fault; empty when all is well.

    Example:
        .. code-block:: python

            assert lost(said, request.body, warnings) == []
    """
    text = body if isinstance(body, str) else body.decode()
    words = " ".join(told).lower()
    faults: list[str] = []
    present = said.present()
    for leaf in present:
        if "offered" in " ".join(leaf.told) and meaning(said.params.get("tool_choice")) == "none":
            continue  # not to offer a tool is the same
        found = sum(text.count(spelling) for spelling in set(leaf.spellings))
        wanted = sum(other.spellings == leaf.spellings for other in present)
        if found >= wanted or any(word in words for word in leaf.told):
            if found > wanted and leaf.kind in ("text", "argument", "result"):
                faults.append(f"the {leaf.kind} {leaf.mark!r} is sent {found} times")
            continue
        faults.append(f"the {leaf.kind} {leaf.mark!r} is lost")
    return faults + _moved(present, text, words)


def _moved(leaves: list[Leaf], text: str, words: str) -> list[str]:
    """Texts of the user and the model that stand in another order than they were said in."""
    if "order" in words or "moved" in words:
        return []
    for roles in (("user",), ("assistant",), ("system", "user")):
        if roles[0] == "system" and "system" in words:
            continue
        order = [leaf for leaf in leaves if leaf.role in roles and leaf.mark in text]
        while order and order[0].role == "system":
            del order[0]  # what the system says first has a place of its own
        places = [text.index(leaf.mark) for leaf in order]
        if places != sorted(places):
            return [f"the texts of the {' and the '.join(roles)} are out of order"]
    return []
