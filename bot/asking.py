"""The question a conversation stands at, as a reply: its key, its values, its buttons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot import titles
from bot.answers import DONE, Asked
from bot.guide import Guide, Information, OneChoice, Open, Option, ReadBack, SeveralChoices, Step
from bot.model import Answer, Choice, Conversation, Reply, Spot, State
from bot.quoting import ours, theirs
from bot.third_parties import CHOICE, undecided, which_version


def asked(guide: Guide, talk: Conversation, spot: Spot) -> Asked[Step]:
    """The step at this spot, with what can still be chosen and what was answered so far.

    Of a text that names somebody, what is asked is which version to keep.
    """
    step = guide.step(spot)
    if spot == talk.at and undecided(step, talk.answers.get(spot)):
        return Asked(CHOICE, CHOICE.options, talk.answers[spot])
    offered = step.options
    if isinstance(step, OneChoice) and step.distinct:
        taken = {
            value
            for other, answer in talk.answers.items()
            if other.step == spot.step and other.round != spot.round
            for value in answer.values
        }
        offered = tuple(option for option in offered if option.value not in taken)
    repeat = guide.section_of[spot.step].repeat
    again = repeat is not None and repeat.again == spot.step
    return Asked(step, offered, talk.answers.get(spot), again)


def ask(guide: Guide, talk: Conversation) -> Reply:
    """The question awaiting an answer, with its buttons."""
    assert talk.at is not None, "nothing is being asked"  # noqa: S101
    question = asked(guide, talk, talk.at)
    if question.step is CHOICE:
        return which_version(talk.at, shown(talk.answers[talk.at]))
    values = {}
    if isinstance(question.step, ReadBack):
        spots = [Spot(name, talk.at.round) for name in question.step.of]
        read = [spot for spot in spots if spot in talk.answers]
        values["list"] = (
            shown(talk.answers[read[0]], guide.step(read[0]), simpler=talk.simpler)
            if len(spots) == 1 and read
            else "\n".join(listed(guide, talk, read))
        )
    key = "ask.simpler" if talk.simpler else "ask"
    return Reply(key, values, talk.at, buttons(guide, talk, question))


def buttons(guide: Guide, talk: Conversation, question: Asked[Step]) -> tuple[Choice, ...]:
    """The options, then the ways out. A label that begins with "@" is a key of the sentences."""
    spot, step = talk.at, question.step
    chosen = question.so_far.values if question.so_far and question.so_far.draft else ()
    found = [
        Choice(_label(option, simpler=talk.simpler, ticked=option.value in chosen),
               f"{spot}:{option.value}")
        for option in question.offered
    ]  # fmt: skip
    if isinstance(step, ReadBack):
        return (*found, *_changes(guide, talk, step))
    before = question.so_far
    if before is not None and is_begun(before):
        return (*found, Choice("@done", f"{spot}:{DONE}"))
    if spot is not None and (words := titles.offered(guide, talk, spot)):
        found.append(Choice(f"« {words} »", f"{spot}:{titles.PRESSED}"))
    if before is not None and is_given(before):
        found.append(Choice("@keep", f"{spot}:!keep"))
    if step.optional:
        if step.sensitive:
            found.append(Choice("@prefer_not", f"{spot}:!prefer_not"))
        found.append(Choice("@dont_know", f"{spot}:!dont_know"))
        if not step.sensitive and not (before is not None and is_given(before)):
            found.append(Choice("@skip", f"{spot}:!skip"))
    if step.simpler and not talk.simpler and not talk.answers:  # offered from the first screen
        found.append(Choice("@simpler", ":!simpler"))
    return tuple(found)


def _changes(guide: Guide, talk: Conversation, step: ReadBack) -> Iterator[Choice]:
    """The ways to change what is read again, and to add to its texts."""
    assert talk.at is not None  # noqa: S101
    texts = [name for name in step.of if takes_more(guide, talk, Spot(name, talk.at.round))]
    for name in texts:
        label = "@add" if len(texts) == 1 else f"@add_to {named(guide.steps[name])}"
        yield Choice(label, f"{talk.at}:!add_{name}")
    for name in texts:
        if len(talk.answers[Spot(name, talk.at.round)].parts) > 1:
            label = "@remove" if len(texts) == 1 else f"@remove_from {named(guide.steps[name])}"
            yield Choice(label, f"{talk.at}:!remove_{name}")
    for name in step.of:
        if Spot(name, talk.at.round) in talk.answers:
            yield Choice(f"@change {named(guide.steps[name])}", f"{talk.at}:!change_{name}")


def takes_more(guide: Guide, talk: Conversation, spot: Spot) -> bool:
    """Whether more messages may be added to the text given at this spot."""
    step, answer = guide.step(spot), talk.answers.get(spot)
    return isinstance(step, Open) and step.several and answer is not None and is_given(answer)


def is_begun(answer: Answer) -> bool:
    """Something was written or chosen, and more may come."""
    return answer.draft and bool(answer.parts or answer.values)


def is_given(answer: Answer) -> bool:
    """A complete answer, neither skipped nor refused."""
    return answer.state is State.ANSWERED and not answer.draft


def named(step: Step) -> str:
    """The short name under which an answer is read again."""
    return step.name or step.question


def touched(
    step: Step, values: Iterable[str], labels: Sequence[str], *, simpler: bool
) -> tuple[str, ...]:
    """The choices of an answer in the words of the buttons that the person reads."""
    easier = {option.value: option.simpler for option in step.options} if simpler else {}
    words = tuple(easier.get(value) for value in values)
    return tuple((words[n] if n < len(words) else None) or label for n, label in enumerate(labels))


def shown(answer: Answer, step: Step | None = None, *, simpler: bool = False) -> str:
    """An answer as the person reads it again: labels, or words, or the key of its state."""
    if answer.state is not State.ANSWERED:
        return ours(f"state.{answer.values[0] if answer.values else answer.state.value}")
    if answer.labels:
        labels = touched(step, answer.values, answer.labels, simpler=simpler) if step else ()
        return theirs(", ".join(labels or answer.labels))
    return "\n".join(
        theirs(words) if words or part.origin is None else ours("state.voice")
        for part, words in zip(answer.parts, answer.leaving, strict=True)
    )


def listed(guide: Guide, talk: Conversation, spots: Iterable[Spot]) -> list[str]:
    """One line for each answered spot."""
    return [
        f"{named(guide.step(spot))} : "
        f"{shown(talk.answers[spot], guide.step(spot), simpler=talk.simpler)}"
        for spot in spots
        if spot in talk.answers
    ]


def answered_spots(guide: Guide, answers: Mapping[Spot, Answer]) -> tuple[Spot, ...]:
    """The spots on today's path that hold an answer worth listing, in order."""
    return tuple(
        spot
        for spot in guide.path(answers)
        if spot in answers and not isinstance(guide.step(spot), ReadBack | Information)
    )


def is_collecting(guide: Guide, talk: Conversation) -> bool:
    """Whether the person is in the middle of an answer of several messages or choices."""
    if talk.at is None or not isinstance(guide.step(talk.at), Open | SeveralChoices):
        return False
    answer = talk.answers.get(talk.at)
    return answer is not None and is_begun(answer)


def _label(option: Option, *, simpler: bool, ticked: bool) -> str:
    label = option.simpler if simpler and option.simpler else option.label
    return f"✓ {label}" if ticked else label
