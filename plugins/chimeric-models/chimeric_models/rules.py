"""What a provider or a model refuses, and what is done about it: a table for each.

A row names the fields of the body that bring it up. Where none of a table's fields is in a body,
nothing of the table is looked at, so a plain request costs one comparison of its keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, cast

import msgspec

__all__ = ["Asked", "Rule", "Rules", "cut", "not_taken", "within"]

Done = Literal["left out", "changed", "told", "refused"]

SETS: Final = 256
"""Sets of fields whose rows a table keeps: programs send a few of them again and again."""

NOTHING: Final[Mapping[str, Any]] = {}


class Asked(msgspec.Struct):
    """A request while it is built.

    Attributes:
        model: its name.
        body: the fields, which rules change in place.
        service: who is asked, for the words.
        besides: what is laid over the body as it is (``extra_body``). No rule changes it, but what
            it says counts.
        inner: fields in an object of the body, where the protocol has such a one; rules find their
            fields in either.
        signs: what the conversation shows that a field does not, in the words of the table.
    """

    model: str
    body: dict[str, Any]
    service: str = ""
    besides: Mapping[str, Any] = NOTHING
    inner: dict[str, Any] = {}
    signs: tuple[str, ...] = ()

    def get(self, name: str) -> Any:
        """What a field will be."""
        if name in self.besides:
            return self.besides[name]
        return self.inner[name] if name in self.inner else self.body.get(name)

    def object(self, name: str) -> dict[str, Any]:
        """What a field will be, where it is an object; ``{}`` else."""
        value = self.get(name)
        return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}

    def put(self, name: str, value: Any) -> None:
        """Give a field that is there another value."""
        (self.inner if name in self.inner else self.body)[name] = value

    def pop(self, *names: str) -> list[str]:
        """Leave fields out; returns those that were there."""
        gone = [n for n in names if self.inner.get(n) is not None or self.body.get(n) is not None]
        for name in names:
            self.inner.pop(name, None)
            self.body.pop(name, None)
        return gone


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One row: what is refused of which models, what is done, and who says so.

    Attributes:
        said: what was asked for, in words (Markdown).
        models: which models refuse it, in words.
        done: what becomes of it, in one word; ``how`` says more where that is not enough.
        how: the same in a few words.
        source: where the fact comes from.
        on: the body's fields that bring the rule up: any of them.
        holds: whether it holds for this request; always, if None.
        change: does what the rule says, and returns the sentences that tell of it, or None where
            there was nothing to do. If None, the fields of ``on`` are left out.
        why: the sentence's second half, where ``change`` is None.

    Example:
        >>> rule = Rule(said="`seed`", done="left out", source="the API's reference", on=("seed",))
        >>> rules, told = Rules(rule), []
        >>> body = {"model": "m", "seed": 1}
        >>> rules.keep(Asked("m", body, "acme"), told)
        >>> body, told
        ({'model': 'm'}, ['seed: m at acme does not take it'])
    """

    said: str
    models: str = "all"
    done: Done
    how: str = ""
    source: str
    on: tuple[str, ...]
    holds: Callable[[Asked], bool] | None = None
    change: Callable[[Asked], str | list[str] | None] | None = None
    why: str = ""

    def keep(self, asked: Asked) -> list[str]:
        """Change the request where the rule says so; returns what was done, in sentences."""
        if self.holds is not None and not self.holds(asked):
            return []
        if self.change is not None:
            told = self.change(asked) or []
            return [told] if isinstance(told, str) else told
        end = f" {self.why}" if self.why else ""
        who = f"{asked.model} at {asked.service}"
        return [f"{name}: {who} does not take it{end}" for name in asked.pop(*self.on)]


class Rules:
    """The table of a provider, or of a family of models.

    Tables can be members of other ones, as a family's is of a provider's.
    """

    __slots__ = ("_about", "_rows", "_watched")

    def __init__(self, *rules: Rule | Iterable[Rule]) -> None:
        rows = [rule for one in rules for rule in ([one] if isinstance(one, Rule) else one)]
        self._rows = tuple((frozenset(rule.on), rule) for rule in rows)
        self._watched = frozenset(name for rule in rows for name in rule.on)
        self._about: dict[frozenset[str], tuple[tuple[frozenset[str], Rule], ...]] = {}

    def __iter__(self) -> Iterator[Rule]:
        return (rule for _, rule in self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def touch(self, body: Mapping[str, Any]) -> bool:
        """Whether a field of a body is in the table at all."""
        return not self._watched.isdisjoint(body)

    def keep(self, asked: Asked, dropped: list[str]) -> None:
        """Apply every row that the body brings up; ``dropped`` gets what was done."""
        body, inner = asked.body, asked.inner
        named = self._watched.intersection(body)
        if inner:
            named |= self._watched.intersection(inner)
        for fields, rule in self._about.get(named) or self._rows_about(named):
            if not fields.isdisjoint(body) or not fields.isdisjoint(inner):  # no row took it out
                dropped += rule.keep(asked)

    def _rows_about(self, named: frozenset[str]) -> tuple[tuple[frozenset[str], Rule], ...]:
        rows = tuple(row for row in self._rows if not row[0].isdisjoint(named))
        if len(self._about) < SETS:
            self._about[named] = rows
        return rows


def not_taken(
    *names: str,
    source: str,
    models: str = "all",
    holds: Callable[[Asked], bool] | None = None,
    said: str = "",
    why: str = "",
) -> Rule:
    """A row for fields that are not taken at all.

    Example:
        >>> not_taken("seed", "user", source="the API's reference").said
        '`seed`, `user`'
    """
    said = said or ", ".join(f"`{name}`" for name in names)
    return Rule(
        said=said, models=models, done="left out", source=source, on=names, holds=holds, why=why
    )


def within(
    name: str,
    least: float,
    most: float,
    *,
    source: str,
    models: str = "all",
    unified: str = "",
    holds: Callable[[Asked], bool] | None = None,
) -> Rule:
    """A row for a number that must lie between two: it is moved to the nearer one.

    Example:
        >>> told, body = [], {"temperature": 3}
        >>> Rules(within("temperature", 0, 2, source="-")).keep(Asked("m", body, "acme"), told)
        >>> body, told
        ({'temperature': 2}, ['temperature=3: acme takes 0 to 2, 2 is sent'])
    """
    unified = unified or name

    def change(asked: Asked) -> str | None:
        value = asked.get(name)
        if name in asked.besides or isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        if least <= value <= most:
            return None
        kept = min(max(value, least), most)
        asked.put(name, kept)
        return f"{unified}={value}: {asked.service} takes {least} to {most}, {kept} is sent"

    return Rule(
        said=f"`{unified}` below {least} or above {most}",
        models=models,
        done="changed",
        how="moved to the nearer limit",
        source=source,
        on=(name,),
        holds=holds,
        change=change,
    )


def cut(
    name: str, most: int, *, source: str, models: str = "all", unified: str = "", what: str = ""
) -> Rule:
    """A row for a list that may have so many members: the first ones are sent."""
    unified, what = unified or name, what or "members"

    def change(asked: Asked) -> str | None:
        value = asked.body.get(name, asked.inner.get(name))
        if not isinstance(value, (list, tuple)) or len(value) <= most:  # pyright: ignore[reportUnknownArgumentType]
            return None
        asked.put(name, list(value)[:most])  # pyright: ignore[reportUnknownArgumentType]
        return f"{unified}: {asked.service} takes {most} {what}, the first ones are sent"

    return Rule(
        said=f"more than {most} {what} of `{unified}`",
        models=models,
        done="changed",
        how="the first ones are sent",
        source=source,
        on=(name,),
        change=change,
    )
