"""The README's sample runs, and the examples of the docstrings say what comes out."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from chimeric_models import claude, ids, media, schema

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_sample_runs():
    (sample,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    namespace: dict = {}
    exec(sample, namespace)
    assert namespace["told"] == [
        "top_p: this model takes it, or temperature, not both; temperature was sent"
    ]


@pytest.mark.parametrize("module", [claude, ids, media, schema])
def test_the_examples_say_what_comes_out(module):
    tried = doctest.testmod(module)
    assert tried.attempted
    assert not tried.failed
