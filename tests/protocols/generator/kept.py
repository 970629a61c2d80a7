"""Seeds whose streams were told wrong once.

A change of the grammar makes other streams of them: what a seed found belongs into the cases too
(``tests/protocols/cases_*.py``), where its bytes stay.
"""

from __future__ import annotations

__all__ = ["KEPT"]

KEPT: dict[str, list[int]] = {
    # A new id with each event; calls in turns at one index; equal fragments; a bare error first;
    # arguments told again after an early reason; half a line after a bare error.
    "chat": [114, 269, 377, 625, 41757, 57951],
    # vLLM's content_index on the part's end too; equal fragments; a whole text of a new item.
    "responses": [63, 681, 1045],
    # Equal fragments; a bare error first.
    "anthropic": [166, 270],
    "converse": [166],
    "cohere": [166],
}
"""By protocol."""
