"""The contract kit rejects faults that a script makes of a provider: a few of each kind.

``python -m tests.requests.mutants`` tries hundreds, at three providers.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from .mutants import COLUMNS, OPERATORS, PROVIDERS, Mutant, Subject, is_sound, mutants_of, tried
from .mutants.entry import Entry
from .mutants.equivalent import equivalents, known
from .mutants.living import as_verdict, listed, living, put_reasons, survivors
from .mutants.tally import BEGIN, END, FOUND, PAGE, UNITS, Tally, put, read

ROOT = Path(__file__).parents[2]

SUBJECT = PROVIDERS["cohere"]
MODULE = "chimeric_cohere.request"


def of_each_operator() -> list[Mutant]:
    """One of each operator that there is in the module that makes requests, from its middle."""
    made = [m for m in mutants_of(SUBJECT.folder, SUBJECT.package) if m.module == MODULE]
    found: dict[str, list[Mutant]] = {}
    for mutant in made:
        found.setdefault(mutant.change.operator, []).append(mutant)
    return [group[len(group) // 2] for group in found.values()]


def alive() -> list[str]:
    """The names of those that the kit lets pass."""
    assert is_sound(SUBJECT), "the provider fails as it is"
    chosen = of_each_operator()
    assert len(chosen) >= len(OPERATORS) - 1
    return [mutant.name for mutant, verdict in tried(chosen, SUBJECT) if verdict == "alive"]


def test_the_kit_rejects_a_mutant_of_every_operator():
    # A process of its own: in this one the provider may be loaded already, as it is.
    command = "from tests.requests.test_mutants import alive; print(*alive(), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=3000
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_every_mutant_is_another_program(name):
    subject = PROVIDERS[name]
    made = mutants_of(subject.folder, subject.package)
    assert len(made) > 1000
    for mutant in made[::97]:
        source = mutant.source()
        compile(source, mutant.path, "exec")


def test_columns_that_only_a_page_shows_are_not_spoilt():
    assert {"said", "models", "done", "how", "source"} == COLUMNS
    subject = PROVIDERS["cohere"]
    made = [m for m in mutants_of(subject.folder, subject.package) if "combinations" in m.module]
    told = [m.change.what for m in made]
    assert not [what for what in told if "'changedx'" in what or "without source" in what]
    assert [what for what in told if "without on" in what], "what decides is spoilt"


def test_what_is_idle_is_not_deleted(tmp_path):
    text = """
def keep(items):
    for item in items:
        if item:
            items.remove(item)
            continue
        else:
            return
    assert items
    if items:
        items.clear()
        return None
"""
    (tmp_path / "module.py").write_text(text, encoding="utf-8")
    made = [m.change for m in mutants_of(tmp_path, "package")]
    deleted = [c.what for c in made if c.operator == "delete a statement"]
    assert "without `items.clear()`" in deleted
    assert "without `return`" in deleted, "a return inside a loop ends it"
    for idle in ("without `continue`", "without `return None`", "without `assert items`"):
        assert idle not in deleted


def test_modules_that_only_other_packages_use_are_left_out(tmp_path):
    (tmp_path / "__init__.py").write_text("from .used import a\n", encoding="utf-8")
    (tmp_path / "used.py").write_text("def a():\n    return 'word'\n", encoding="utf-8")
    (tmp_path / "clouds.py").write_text("def b():\n    return 'word'\n", encoding="utf-8")
    assert {m.module for m in mutants_of(tmp_path, "package")} == {"package.used"}


def test_the_page_has_a_row_for_every_operator():
    rows = PAGE.read_text(encoding="utf-8").splitlines()
    for operator in {*OPERATORS, UNITS}:
        assert [row for row in rows if row.startswith(f"| {operator} |")], operator


def test_columns_of_providers_that_were_not_tried_stay_on_the_page(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n", encoding="utf-8")
    put({"cohere": Tally({"1": {"drop a key: a": "rejected"}})}, page)
    put({"anthropic": Tally({"1": {"drop a key: a": "alive"}})}, page)
    rows = page.read_text(encoding="utf-8").splitlines()
    assert "| a fault of this kind, made by the script | anthropic | cohere |" in rows
    assert "| drop a key | 0 / 1 / 0 | 1 / 0 / 0 |" in rows
    assert rows[-1] == "after"


def test_the_page_has_what_was_found_and_kept():
    """``python -m tests.requests.mutants --report`` writes it."""
    before = PAGE.read_text(encoding="utf-8")
    put(read(FOUND))
    put_reasons()
    now = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(before, encoding="utf-8")
    assert now == before


def test_of_every_provider_two_kept_trials_reject_nine_of_ten():
    found = read(FOUND)
    assert found.keys() == PROVIDERS.keys()
    for name, tally in found.items():
        assert len(tally.verdicts) >= 2, name
        assert tally.row().made > 115, f"{name}: one that is in both samples counts once"
        assert tally.share() >= 0.9, name


@pytest.mark.parametrize(
    "entry",
    [*equivalents(), *living()],
    ids=lambda entry: f"{entry.function} {entry.after[:60]}",
)
def test_each_mutant_with_a_reason_is_still_one_of_the_source(entry: Entry):
    assert [m for m in made_for(entry) if entry.matches(m)], "its source has changed: look again"
    assert len(entry.reason.split()) > 5, "the reason says what would show it, or that nothing can"


def test_every_living_mutant_has_a_reason_and_every_reason_a_living_mutant():
    told = [as_verdict(entry, made_for(entry)) for entry in living()]
    assert sorted(filter(None, told)) == survivors(read(FOUND))


def test_each_living_mutant_is_on_the_page_with_its_reason():
    lines = listed(living()).splitlines()
    assert len(lines) == len(living())
    page = PAGE.read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert line in page, "python -m tests.requests.mutants --report"


def test_a_verdict_is_known_when_its_line_was_moved():
    name = "drop a key: package.module:{}: without the key 'a: [b' [7.keys.0]"
    for line in (1, 20):
        tally = Tally({"1": {name.format(line): "alive"}})
        known_as = ("drop a key", "package.module", "without the key 'a: [b'")
        assert survivors({"cohere": tally}) == [known_as]
    assert survivors({"cohere": Tally({"1": {name.format(1): "rejected"}})}) == []


def test_an_equivalent_is_known_by_its_words_wherever_its_line_stands(tmp_path: Path):
    text = "def size(items):\n    if items:\n        return 1\n    return 0\n"
    (tmp_path / "module.py").write_text(text, encoding="utf-8")
    first = made_of(tmp_path)
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / "module.py").write_text(f"\n\n\n# a remark\n{text}", encoding="utf-8")
    assert [m.edit() for m in first] == [m.edit() for m in made_of(moved)]
    negated = next(m for m in first if m.change.operator == "negate a condition")
    assert negated.edit() == ("size", "if items:", "if not items:")
    assert known(negated) is None


def made_of(folder: Path) -> list[Mutant]:
    return mutants_of(folder, "package")


def made_for(entry: Entry) -> list[Mutant]:
    """All mutants of the provider that an entry is about."""
    subject = next(s for s in PROVIDERS.values() if entry.module.startswith(s.package))
    return of_subject(subject)


@cache
def of_subject(subject: Subject) -> list[Mutant]:
    return mutants_of(subject.folder, subject.package)


def test_equivalents_do_not_count_in_the_share_that_was_rejected():
    tally = Tally({"1": {"a: b": "rejected", "a: c": "alive", "a: d": "equivalent"}})
    assert tally.share(1) == 0.5
    assert str(tally.row("a", 1)) == "1 / 1 / 1"
