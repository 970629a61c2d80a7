"""The storyteller."""

from __future__ import annotations

import itertools

import pytest
from chimeric_sim.prompts import tokenise
from chimeric_sim.story import Storyteller, topic_of, wanted_tokens


def tell(prompt: str, seed: int, tokens: float = 300) -> str:
    return "".join(Storyteller(prompt, seed).tell(tokens))


def test_the_same_seed_tells_the_same_story():
    assert tell("About tides", 1) == tell("About tides", 1)


def test_other_seeds_and_other_prompts_tell_other_stories():
    stories = {tell("About tides", seed) for seed in range(50)}
    assert len(stories) == 50
    assert tell("About tides", 1) != tell("About salt", 1)


def test_a_story_names_its_topic_and_has_paragraphs_and_speech():
    story = tell("Tell me a story about the last lighthouse.", 3, 900)
    assert "the last lighthouse" in story
    assert story.count("\n\n") > 5
    assert "“" in story
    assert "{" not in story


def test_every_sentence_begins_with_a_capital():
    for seed in range(20):
        for paragraph in tell("x", seed).split("\n\n"):
            assert paragraph[0].isupper() or paragraph[0] == "“", paragraph


@pytest.mark.parametrize("tokens", [1, 10, 100, 5000])
def test_a_story_is_about_as_long_as_wanted(tokens):
    told = len(list(Storyteller("x", 1).tell(tokens)))
    assert tokens <= told <= tokens + 90


def test_an_endless_story_does_not_end_or_repeat_itself():
    pieces = itertools.islice(Storyteller("x", 1).tell(float("inf")), 50_000)
    paragraphs = "".join(pieces).split("\n\n")
    assert len(set(paragraphs)) > 0.7 * len(paragraphs)


@pytest.mark.parametrize(
    "text", ["", "a", "Grüße, 世界 🌍!", "a  b\n\n\tc", "supercalifragilistic_expialidocious 1234"]
)
def test_tokens_join_to_the_text(text):
    assert "".join(tokenise(text)) == text


@pytest.mark.parametrize(
    ("prompt", "topic"),
    [
        ("Tell me a story about a dragon in Lisbon.", "a dragon in Lisbon"),
        ("Hello", "the missing hour"),
        ("Write something on glass!", "glass"),
        ("Tell me a joke", "a joke"),
        ("Name a river", "a river"),
        ("A story about a lighthouse in 60 words", "a lighthouse"),
        ("Write 3 paragraphs about salt, in 90 words.", "salt"),
    ],
)
def test_the_topic_comes_from_the_prompt(prompt, topic):
    assert topic_of(prompt) == topic


@pytest.mark.parametrize(
    ("prompt", "tokens"),
    [
        ("in 200 words", 250),
        ("3 paragraphs", 225),
        ("1,000-word story", 1250),
        ("go on forever", float("inf")),
        ("a story", None),
    ],
)
def test_the_length_comes_from_the_prompt(prompt, tokens):
    assert wanted_tokens(prompt) == tokens
