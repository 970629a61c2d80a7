"""Words and sentence patterns of the storyteller."""

from __future__ import annotations

NAMES = {
    "she": [
        "Amara",
        "Beatriz",
        "Chiara",
        "Dagny",
        "Elif",
        "Farida",
        "Greta",
        "Hana",
        "Ines",
        "Jolanta",
        "Kavya",
        "Liv",
        "Mirela",
        "Nadia",
        "Oona",
        "Priya",
        "Rosa",
        "Saoirse",
        "Tamsin",
        "Ursula",
        "Vesna",
        "Wren",
        "Ximena",
        "Yara",
        "Zofia",
    ],
    "he": [
        "Anselm",
        "Bram",
        "Cosmin",
        "Dario",
        "Emeka",
        "Fyodor",
        "Gideon",
        "Hiro",
        "Ivo",
        "Jonas",
        "Kofi",
        "Lorenzo",
        "Mateus",
        "Nils",
        "Omar",
        "Pavel",
        "Quentin",
        "Rafael",
        "Stellan",
        "Tomas",
        "Uri",
        "Viktor",
        "Walid",
        "Yusuf",
        "Zane",
    ],
}
TRADES = [
    "lighthouse keeper",
    "clockmaker",
    "cartographer",
    "night baker",
    "ferry pilot",
    "beekeeper",
    "piano tuner",
    "seed collector",
    "bookbinder",
    "glassblower",
    "retired detective",
    "radio operator",
    "bridge painter",
    "translator",
    "harbour master",
    "kite builder",
    "botanist",
    "archivist",
    "tailor",
    "watch repairer",
]
TRAITS = [
    "patient",
    "stubborn",
    "curious",
    "absent-minded",
    "careful",
    "restless",
    "soft-spoken",
    "sleepless",
    "unhurried",
    "sharp-eyed",
    "forgetful",
    "superstitious",
    "generous",
    "solitary",
    "talkative",
    "sceptical",
]
PLACES = [
    "the old harbour",
    "the hill above the town",
    "the market square",
    "the abandoned station",
    "the library's top floor",
    "the edge of the marsh",
    "the winter garden",
    "the salt road",
    "the island across the bay",
    "the valley of orchards",
    "the observatory",
    "the flooded quarry",
    "the last tram stop",
    "the pine forest",
    "the courtyard behind the theatre",
    "the river mouth",
]
THINGS = [
    "a brass key",
    "a letter without a stamp",
    "a map drawn on linen",
    "a small blue lantern",
    "a photograph of strangers",
    "a jar of black seeds",
    "a broken music box",
    "a notebook full of tides",
    "a coin nobody recognised",
    "a bundle of red thread",
    "a compass that pointed east",
    "a bell no larger than a thumb",
    "a ticket for a train that no longer ran",
    "a glass bird",
]
WEATHER = [
    "Rain had been falling since noon",
    "A thin fog lay over the roofs",
    "The wind smelled of snow",
    "The heat had emptied the streets",
    "The first frost silvered the fields",
    "Clouds were moving fast from the west",
    "The evening was still and gold",
    "Thunder walked around behind the hills",
]
TIMES = [
    "That night",
    "The next morning",
    "Towards evening",
    "Three days later",
    "Before dawn",
    "At the end of the week",
    "Long after midnight",
    "When the bells rang noon",
    "On the first day of spring",
    "An hour later",
]
FEELINGS = [
    "a quiet kind of relief",
    "something close to fear",
    "an old, familiar longing",
    "sudden laughter",
    "more courage than was sensible",
    "the weight of a promise",
    "a doubt that would not settle",
    "the calm that comes after a decision",
]
SOUNDS = [
    "a door closing softly",
    "footsteps on gravel",
    "the long note of a ship's horn",
    "wings in the dark",
    "somebody humming",
    "water dripping in a cellar",
    "a clock that struck thirteen",
    "distant applause",
]
MANNERS = [
    "quietly",
    "at last",
    "without looking up",
    "with a smile",
    "after a pause",
    "in a low voice",
]
SECRETS = [
    "the tide keeps what it borrows",
    "nobody leaves this place the way they came",
    "every map is a promise that someone broke",
    "the quiet ones are listening",
    "a thing is only lost while nobody looks for it",
    "the road is shorter in the dark",
    "you can repair almost anything except a habit",
    "the last page was never written",
]

OPENINGS = (
    "{weather} when {hero}, {a_trait} {trade}, set out for {place}.",
    "Nobody in town could say when {hero} had become {a_trade}, only that {they} had always "
    "been {trait}.",
    "For eleven years {hero} had crossed {place} every morning, and for eleven years nothing had "
    "happened there.",
    "{weather}, and {hero} was late.",
    "There was one rule at {place}, and {hero} the {trade} was about to break it.",
    "It began with {thing}, left on the doorstep of {a_trait} {trade} named {hero}.",
)
BEGINNINGS = (
    "{weather} when {hero}, {a_trait} {trade}, first heard of {topic}.",
    "Nobody had warned {hero}, {a_trait} {trade}, about {topic}.",
    "Everything that {hero} the {trade} knew of {topic} fitted into one small notebook.",
    "This is about {topic}, and about {hero}, {a_trait} {trade} who had not asked for it.",
    "The story of {topic} begins at {place}, with {hero} and {thing}.",
    "{time} somebody asked {hero} the {trade} about {topic}, and {they} had no answer.",
)
"""How a short story begins, which has no room for a second sentence about its topic."""
ABOUT = (
    "People spoke of {topic} the way they speak of weather: often, and without expecting anything.",
    "It was the year when everyone talked about {topic}, and hardly anyone agreed.",
    "All {they} knew of {topic} came from a song that {friend} used to sing.",
    "{hero} did not believe in {topic}; {they} merely kept a list of the evidence.",
    "If this had anything to do with {topic}, {hero} wanted to be the first to know.",
    "On the wall somebody had written about {topic}, in letters as tall as a child.",
)
MOVES = (
    "{time} {they} walked to {place}, carrying {thing}.",
    "{time} the road to {place} was empty except for a dog that seemed to know the way.",
    "{They} took the long way round, past {place}, because the short one passed the house of "
    "{friend}.",
    "By the time {they} reached {place}, the lamps were being lit one by one.",
    "{They} counted the steps, lost count, and began again.",
    "{time} a boat took {them} across, and the boatman asked for nothing but a story.",
)
FINDS = (
    "Under the bench, wrapped in newspaper, lay {thing}.",
    "Somewhere behind the wall there was {sound}.",
    "{They} found {thing} exactly where {they} had looked the day before.",
    "In {their} pocket, where the keys should have been, was {thing}.",
    "The drawer held two things: {thing} and {thing2}.",
    "What {they} had taken for {sound} turned out to be {friend}, waiting in the rain.",
)
THOUGHTS = (
    "{They} felt {feeling}.",
    "It was not the kind of thing one could explain in a letter.",
    "There are evenings that decide a whole year, and this was one of them.",
    "{hero} thought of what {their} mother used to say: {secret}.",
    "For a while neither the past nor the future seemed to have much to do with it.",
    "{They} would remember the light, and forget almost everything else.",
    "Hope, {they} had learned, makes a sound like {sound}.",
)
SPEECH = (
    "“You are early,” said {friend} {manner}. “That is a bad sign.”",
    "“Is it true about {topic}?” asked {hero}.",
    "“I was told to give you this,” said {friend}, and held out {thing}.",
    "“Remember,” {friend} said {manner}, “{secret}.”",
    "“And if I refuse?” “Then,” said {friend}, “we shall both have wasted a beautiful evening.”",
    "“Where did you find it?” “At {place}. Where else would anyone lose {thing}?”",
    "“I am only {a_trade},” said {hero}. “Today,” answered {friend}, “that will have to do.”",
    "“Listen,” {they} said. There it was again: {sound}.",
)
TURNS = (
    "Then, without any warning, the light at {place} went out.",
    "That was when {hero} understood that {friend} had known all along.",
    "But the door, which had never been locked, was locked.",
    "What happened next was told differently by everyone who saw it.",
    "And yet {thing} was gone.",
    "The answer, when it came, was shorter than the question.",
)
CLOSINGS = (
    "In the morning {hero} put {thing} back where it belonged, and the town went on as towns do.",
    "Nobody asked about {topic} again, and {hero} never offered to explain.",
    "{They} walked home slowly, feeling {feeling}, while behind {them} the lamps went out one by "
    "one.",
    "And if you pass {place} today, you may still hear {sound}.",
    "“So that is all?” asked {friend}. “No,” said {hero}, “but it is enough for tonight.”",
)
STOP_WORDS = frozenset(
    (
        "a about again all also an and any are as at be because been but by can could describe did "
        "do does each english every few for forever from give go had has have her him his how i if "
        "in into is it its just let like long make me more most much my new no not of on one or our "
        "out please prompt say sentence sentences she short should so some story tell text than "
        "that the their them then there these they this three to two until up us use very was we "
        "were what when where which who why will with word words would write you your hello hi hey "
        "ok okay thanks once upon endless exactly paragraph paragraphs chapter "
    ).split()
)
