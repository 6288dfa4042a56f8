"""Random walks through a guide: people who answer, wander, press old buttons and type anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from talks import HARD_TEXTS

from bot import engine
from bot.asking import is_begun
from bot.guide import Guide, Number, Open
from bot.guide_file import bundled, read_guide
from bot.model import Choice, Conversation, Heard, Message, Turn
from nlu import commands
from nlu.understand import Understanding

NOON = datetime(2022, 3, 14, 12, tzinfo=UTC)
OURS = Path(__file__).parent / "guides"
FILES = (*bundled(), *sorted(OURS.glob("*.yml")))
GUIDES = {path.stem: read_guide(path.read_text("utf-8"), path.name) for path in FILES}
UNDERSTANDING = Understanding(None)


@dataclass(frozen=True)
class Act:
    """One thing a person does; what it becomes depends on what is asked and shown."""

    way: str  # "answer", "spell", "press", "old", "type", "value", "media", "edit"
    text: str = ""
    number: int = 0
    opinion: tuple[str, float] | None = None


@dataclass(frozen=True)
class Went:
    """One turn of a walk."""

    before: Conversation
    heard: Heard
    turn: Turn


WORDS = [phrase for phrases in commands.COMMANDS.values() for phrase in phrases]
PLAIN = ["59", "Lille", "Saint-Denis", "3", "18", "12 ans", "deux", "oui", "non", "corriger 2",
         "J'habite ici", "stop aux heures sup", "Une fontaine près des bancs.", "corriger 99",
         "I would like more trees in the park", "Quiero más árboles en el parque",
         "نريد المزيد من الأشجار في الحديقة",
         "jsuis éduc spé en MECS ds le 59 depuis 3 ans", "dans le 62 depuis 2015",
         "à Lille, 12 ans de métier", "étudiante ass à Rennes", "n° 1",
         "habitant ou visiteur", "des bancs et des jeux", "@skip",
         "Ma collègue Fatoumata Diallo m'a aidée", "écrivez-moi au 06 12 34 56 78"]  # fmt: skip
VALUES = ["", ":", "::", "?", "?:yes", "?erase:yes", "?finish:yes", "?meant:skip:yes", ":!", ":!x",
          ":!done", "idee:!done", "idee.7:!skip", "rien.1:x", ".1:x", "x.y:z", "qui:habitant",
          "accord:no", "encore:!change_recit", "relire:!change_x", "relire:!add_idee",
          "ville:59", "departement:2A", "recit:!keep", "a" * 90, "é:é", ":!correct"]  # fmt: skip
OPINIONS = st.none() | st.tuples(
    st.sampled_from([*commands.COMMANDS, "other"]), st.sampled_from([0.2, 0.4, 0.6, 0.9])
)
TEXTS = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(PLAIN), st.sampled_from(HARD_TEXTS), st.text()
)
NUMBERS = st.integers(0, 30)
ACTS = st.one_of(
    st.just(Act("answer")),
    st.just(Act("answer")),
    st.just(Act("spell")),
    st.just(Act("type", "Avec des bancs autour.")),
    st.just(Act("type", "retour")),
    st.builds(Act, st.just("press"), number=NUMBERS),
    st.builds(Act, st.just("old"), number=st.integers(0, 300)),
    st.builds(Act, st.just("type"), TEXTS, opinion=OPINIONS),
    st.builds(Act, st.just("type"), st.sampled_from(PLAIN), opinion=OPINIONS),
    st.builds(Act, st.just("value"), st.sampled_from(VALUES) | st.text(max_size=70)),
    st.builds(
        Act, st.just("media"), st.sampled_from(["voice", "photo", "sticker", "video", "location"])
    ),
    st.builds(Act, st.just("edit"), TEXTS, number=NUMBERS),
)
SCRIPTS = st.builds(
    lambda led, acts: led + acts,
    st.lists(st.sampled_from([Act("answer"), Act("spell")]), max_size=30),
    st.lists(ACTS, max_size=14),
)


def start(guide: Guide, id: str = "id") -> Turn:
    talk = Conversation(id, "K7QF-3M2P", guide.guide, guide.version, "web", NOON)
    return engine.start(guide, talk, NOON)


def walk(guide: Guide, script: list[Act], id: str = "id") -> Iterator[Went]:
    """Each turn of the walk; it ends when everything is erased."""
    turn, now = start(guide, id), NOON
    shown: list[Choice] = []
    for number, act in enumerate(script, 1):
        now += timedelta(minutes=1)
        new = [choice for reply in turn.replies for choice in reply.choices]
        shown += new
        talk = turn.conversation
        said = message_of(guide, talk, act, number, new, shown)
        heard = understood(said)
        if act.opinion and not said.choice:
            intent, confidence = act.opinion
            heard = replace(heard, intent=intent, confidence=confidence, exact=False)
        turn = engine.advance(guide, talk, heard, now)
        yield Went(talk, heard, turn)
        if turn.erase:
            return


def message_of(
    guide: Guide, talk: Conversation, act: Act, number: int, new: list[Choice], shown: list[Choice]
) -> Message:
    plain = Message("web", "someone", f"m{number}")
    if act.way in ("answer", "spell"):
        said = _answer(guide, talk, plain, new)
        label = next((c.label for c in new if c.value == said.choice), None)
        return replace(plain, text=label) if label and act.way == "spell" else said
    if act.way in ("press", "old"):
        among = new if act.way == "press" else shown
        chosen = among[act.number % len(among)].value if among else ":!repeat"
        return replace(plain, choice=chosen)
    if act.way == "value":
        return replace(plain, choice=act.text)
    if act.way == "media":
        return replace(plain, media=act.text)
    if act.way == "edit":
        return replace(plain, text=act.text, edits=f"m{act.number}")
    return replace(plain, text=act.text)


def _answer(guide: Guide, talk: Conversation, plain: Message, new: list[Choice]) -> Message:
    """A good answer to what is asked."""
    if talk.at is None or talk.pending:
        return replace(plain, text="non")
    step = guide.step(talk.at)
    answer = talk.answers.get(talk.at)
    if answer is not None and is_begun(answer):
        return replace(plain, choice=f"{talk.at}:!done")
    if isinstance(step, Open):
        return replace(plain, text=f"Une idée ({plain.id}).")
    if step.kind == "place":
        return replace(plain, text="59")
    if isinstance(step, Number) and not step.brackets:
        return replace(plain, text=str(step.at_least + 1))
    options = [choice for choice in new if choice.value.startswith(f"{talk.at}:")]
    if not options:
        return replace(plain, choice=":!repeat")
    return replace(plain, choice=options[0].value)


def understood(message: Message) -> Heard:
    """What the real understanding makes of it; without Rasa it never waits."""
    try:
        UNDERSTANDING.understand(message).send(None)
    except StopIteration as done:
        heard: Heard = done.value
        return heard
    raise AssertionError("the understanding waited")
