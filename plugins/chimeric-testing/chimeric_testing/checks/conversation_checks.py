"""Messages and parts arrive: whole, in their order, and as what they were said."""

from __future__ import annotations

from typing import Any, Final

from chimeric import AudioPart, FilePart, ImagePart, Message, ModelNotSupportedError, Part, TextPart
from chimeric_testing.asked import Asked
from chimeric_testing.harness import Harness

from .conversations import PICTURE

__all__ = ["ConversationChecks"]

ROLE_WORDS: Final[dict[str, set[str]]] = {
    "system": {"system", "developer", "systeminstruction", "system_instruction", "preamble"},
    "user": {"user", "human", "customer"},
    "assistant": {"assistant", "model", "bot", "chatbot", "ai"},
}
"""Words by which services tell who speaks: no service calls one by the word of another."""

TURNS: Final = (
    ("system", "zsystem1"),
    ("user", "zuser1"),
    ("assistant", "zanswer1"),
    ("user", "zuser2"),
    ("assistant", "zanswer2"),
    ("user", "zuser3"),
)
PDF: Final = "JVBERi0xLjQKemZpbGVieXRlcw=="
SOUND: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEA"


def spoken(*turns: tuple[Any, str]) -> list[Message]:
    return [Message(role, text) for role, text in turns]


class ConversationChecks(Harness):
    """What was said arrives."""

    def test_each_message_is_sent_in_its_order_and_its_role(self) -> None:
        for stream in (True, False):
            asked = self._ask(messages=spoken(*TURNS), stream=stream)
            if not self._taken(asked):
                continue
            for role, token in TURNS:
                assert asked.says(token) or asked.tells(role), f"the {role} text was lost"
            self._judge_order(asked, [token for role, token in TURNS if role != "system"])
            for role, token in TURNS:
                self._judge_role(asked, role, token, [t for _, t in TURNS if t != token])

    def test_who_says_it_makes_a_difference(self) -> None:
        ask = ("user", "zuser1"), ("user", "zuser3")
        told: dict[str, Asked] = {}
        for role in ("system", "user", "assistant"):
            told[role] = self._ask(messages=spoken(ask[0], (role, "zother"), ask[1]))
        for one, other in (("user", "assistant"), ("user", "system"), ("system", "assistant")):
            pair = told[one], told[other]
            if any(asked.refusal is not None or asked.tells("system") for asked in pair):
                continue
            assert not pair[0].same(pair[1]), f"{one} and {other} are sent alike"
        first = self._ask(messages=spoken(("system", "zsystem1"), ("user", "zuser1")))
        both = self._ask(messages=spoken(("user", "zsystem1"), ("user", "zuser1")))
        assert not first.same(both) or first.tells("system"), "a system message is sent as a user's"

    def test_later_system_messages_are_sent_or_told(self) -> None:
        turns = (
            ("system", "zsystem1"),
            ("user", "zuser1"),
            ("assistant", "zanswer1"),
            ("developer", "zsystem2"),
            ("user", "zuser2"),
        )
        asked = self._ask(messages=spoken(*turns))
        if asked.refusal is None:
            for role, token in turns:
                assert asked.says(token) or asked.tells("system", "developer"), f"{role}: lost"
            self._judge_order(asked, ["zuser1", "zanswer1", "zuser2"])

    def test_parts_of_a_message_keep_their_order(self) -> None:
        for role in ("user", "assistant"):
            parts = (TextPart("zpart1"), TextPart("zpart2"), TextPart("zpart3"))
            more = Message("user", "zask")
            asked = self._ask(messages=[more, Message(role, parts), more])
            if self._taken(asked):
                self._judge_order(asked, ["zask", "zpart1", "zpart2", "zpart3"])

    def test_a_system_message_of_parts_is_sent_whole(self) -> None:
        system = Message("system", (TextPart("zpart1"), TextPart("zpart2")))
        asked = self._ask(messages=[system, Message("user", "zask")])
        if self._taken(asked):
            self._judge_order(asked, ["zpart1", "zpart2"])

    def test_pictures_are_sent_where_they_stand(self) -> None:
        picture = ImagePart(data=PICTURE, media_type="image/png")
        asked = self._media(picture, "images")
        if asked is not None:
            self._judge_order(asked, ["zbefore", PICTURE, "zafter"])
            assert asked.says("image/png") or asked.says("png"), "its type was not sent"
            other = self._media(
                ImagePart(data="/9j/4AAQSkZJRgAB", media_type="image/jpeg"), "images"
            )
            assert other is not None
            assert other.says("jpeg"), "its type was not sent"
        link = "https://pictures.test/zlink.png"
        asked = self._ask(messages=[Message("user", (TextPart("zbefore"), ImagePart(url=link)))])
        if asked.refusal is None:
            assert asked.says(link) or asked.tells("url", "image", "picture"), "a URL was lost"

    def test_files_are_sent_with_what_they_are(self) -> None:
        file = FilePart(data=PDF, media_type="application/pdf", filename="zname.pdf")
        asked = self._media(file, "files")
        if asked is not None:
            self._judge_order(asked, ["zbefore", PDF, "zafter"])
            assert asked.says("pdf"), "its type was not sent"

    def test_the_name_of_a_file_is_sent_or_told(self) -> None:
        file = FilePart(data=PDF, media_type="application/pdf", filename="zname.pdf")
        asked = self._media(file, "files")
        if asked is not None:
            assert asked.says("zname") or asked.tells("name"), "its name was lost"

    def test_sound_is_sent_where_it_stands_or_refused(self) -> None:
        content = (TextPart("zbefore"), AudioPart(data=SOUND, media_type="audio/wav"))
        asked = self._ask(messages=[Message("user", (*content, TextPart("zafter")))])
        if asked.refusal is None:
            self._judge_order(asked, ["zbefore", SOUND, "zafter"])
            return
        # Of the protocols of one provider, one may take it and the other not.
        assert isinstance(asked.refusal, ModelNotSupportedError), repr(asked.refusal)

    def test_reasoning_of_before_is_sent_or_told(self) -> None:
        thought = Message("assistant", "zanswer1", reasoning="zthought")
        asked = self._ask(messages=[Message("user", "zuser1"), thought, Message("user", "zuser2")])
        if self._taken(asked):
            told = asked.tells("reasoning", "thinking", "thought")
            assert asked.says("zthought") or told, "the reasoning was lost"
            self._judge_order(asked, ["zuser1", "zanswer1", "zuser2"])

    def test_a_refusal_of_before_is_sent_or_told(self) -> None:
        refused = Message("assistant", "", refusal="zrefusal")
        asked = self._ask(messages=[Message("user", "zuser1"), refused, Message("user", "zuser2")])
        if self._taken(asked):
            assert asked.says("zrefusal") or asked.tells("refusal"), "the refusal was lost"

    def test_keys_of_dicts_are_sent_or_told(self) -> None:
        part = {"type": "text", "text": "zpart", "x_part": "zkept1"}
        said = {"role": "user", "content": [part], "x_message": "zkept2", "name": "zname"}
        asked = self._ask(messages=[said])
        if self._taken(asked):
            for token, name in (("zkept1", "x_part"), ("zkept2", "x_message"), ("zname", "name")):
                assert asked.says(token) or asked.tells(name), f"{name} was lost"

    def test_dicts_say_what_messages_say(self) -> None:
        turns = (("user", "zuser1"), ("assistant", "zanswer1"), ("user", "zuser2"))
        dicts = [{"role": role, "content": text} for role, text in turns]
        asked, same = self._ask(messages=spoken(*turns)), self._ask(messages=dicts)
        assert asked.same(same), "a dict is sent otherwise than the message that it means"
        asked, same = self._ask(messages="zuser1"), self._ask(messages=spoken(("user", "zuser1")))
        assert asked.same(same), "a text is sent otherwise than the message that it means"

    # --- how it is judged ------------------------------------------------------------------------

    def _media(self, part: Part, need: str) -> Asked | None:
        content = (TextPart("zbefore"), part, TextPart("zafter"))
        asked = self._ask(messages=[Message("user", content)])
        return asked if self._taken(asked, need) else None

    def _judge_order(self, asked: Asked, tokens: list[str]) -> None:
        places = [asked.at(token) for token in tokens]
        lost = [token[:40] for token, place in zip(tokens, places, strict=True) if place is None]
        assert not lost, f"{lost} were not sent"
        assert places == sorted(places, key=lambda place: place or (0, 0)), f"{tokens}: order"

    def _judge_role(self, asked: Asked, role: str, token: str, others: list[str]) -> None:
        """It stands among the words of its own role, or among none that are known."""
        if asked.tells("system") or asked.tells(role):
            return
        for place in asked.parts_with(token, *others):
            words = place.words()
            if words & ROLE_WORDS[role]:
                continue
            for other, known in ROLE_WORDS.items():
                found = words & known
                assert other == role or not found, f"the {role} text is sent as {sorted(found)}"
