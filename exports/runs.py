"""A participation beside its guide, and the French names of the codes that are ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import zip_longest

from bot.guide import Consent, Guide, Information, Section, Step
from bot.model import Answer, Participation, Spot, State
from exports.columns import Coded, coded

STATUSES = {"open": "En cours", "paused": "En pause", "finished": "Terminée"}
STATES = {
    State.ANSWERED.value: "Répondue",
    State.SKIPPED.value: "Passée",
    State.REFUSED.value: "Ne souhaite pas répondre",
    State.NOT_ASKED.value: "Pas posée",
}
KINDS = {
    "consent": "Accord",
    "choice": "Choix",
    "choices": "Plusieurs choix",
    "yes_no": "Oui ou non",
    "number": "Nombre",
    "place": "Département",
    "open": "Texte libre",
    "read_back": "Relecture",
}
HELPED = {
    "none": "Sans aide",
    "with_help": "Avec l'aide de quelqu'un",
    "by_helper": "Recueilli par une autre personne",
}
GIVEN = {"yes": "Oui", "no": "Non", "not_asked": "Pas posé"}
WITHHELD = {"no": "refuse", "not_asked": "pas_demande"}  # a required agreement, in the manifest
CONTRIBUTIONS = {"experience": "Expérience", "proposal": "Proposition"}
LANGUAGES = {
    "fr": "Français",
    "ar": "Arabe",
    "bn": "Bengali",
    "de": "Allemand",
    "el": "Grec",
    "en": "Anglais",
    "es": "Espagnol",
    "fa": "Persan",
    "he": "Hébreu",
    "hy": "Arménien",
    "it": "Italien",
    "ka": "Géorgien",
    "ko": "Coréen",
    "ps": "Pachto",
    "pt": "Portugais",
    "ro": "Roumain",
    "ru": "Russe",
    "so": "Somali",
    "sq": "Albanais",
    "ta": "Tamoul",
    "tr": "Turc",
    "uk": "Ukrainien",
    "ur": "Ourdou",
    "zh": "Chinois",
}  # every code that may be recognised
MASKINGS = {
    "accepted": "Masqué, accepté",
    "refused": "Mots gardés à sa demande",
    "unchosen": "Masqué, sans réponse",
}
UNSETTLED = frozenset({"barred", "erase:withdrawn"})  # our question: do all the answers go?
ORIGINS = {
    "voice": "Message vocal, sans texte",
    "transcribed": "Vocal, écrit par le programme",
    "listened": "Vocal, écrit par une personne",
    "corrected": "Vocal, corrigé par la personne",
    "confirmed": "Vocal, confirmé par la personne",
    "typed": "Tapé",
}  # the least certain first
COMPLETENESS = {"complete": "Complète", "draft": "Brouillon"}


@dataclass(frozen=True, slots=True)
class Run:
    """One participation, its guide, and the spots that its answers lead through."""

    participation: Participation
    guide: Guide
    path: frozenset[Spot]

    @classmethod
    def of(cls, participation: Participation, guide: Guide) -> Run:
        return cls(participation, guide, frozenset(guide.path(participation.conversation.answers)))

    @property
    def reference(self) -> str:
        return self.participation.conversation.reference

    def answer(self, spot: Spot) -> Answer | None:
        return self.participation.conversation.answers.get(spot)

    def counted(self, step: str, round: int = 0) -> Answer | None:
        """The answer at this spot, if it is answered and on the path."""
        spot = Spot(step, round)
        answer = self.answer(spot) if spot in self.path else None
        return answer if answer and answer.state is State.ANSWERED else None

    @property
    def helped_by(self) -> str | None:
        """The function of whoever helped, as they chose it; never a name."""
        steps = (step.id for step in self.guide.steps.values() if step.of_helper)
        answers = (self.counted(step) for step in steps)
        return ", ".join(label for a in answers if a for label in a.labels) or None

    def consent(self, step: str) -> str:
        """A key of GIVEN. Anything else than a clear yes is a no."""
        answer = self.answer(Spot(step))
        if answer is None:
            return "not_asked"
        return "yes" if answer.state is State.ANSWERED and answer.values == ("yes",) else "no"

    @property
    def withheld(self) -> str | None:
        """Why nothing of this participation may leave, a key of WITHHELD, or None.

        Somebody who takes an agreement back, or says they are too young, has withheld it already,
        whether or not they have confirmed.
        """
        if self.participation.conversation.pending in UNSETTLED:
            return "no"
        agreed = {
            self.consent(step) if Spot(step) in self.path else "not_asked"
            for step in self.guide.consents_for("keep")
        }
        return next((why for why in WITHHELD if why in agreed), None)

    def rounds(self, section: Section) -> list[int]:
        """The rounds of a section that were opened; the first one always counts."""
        spots = (*self.path, *self.participation.conversation.answers)
        return sorted({0, *(spot.round for spot in spots if spot.step in section.ids)})


def asking(section: Section) -> Iterator[Step]:
    """The steps of a section that ask something."""
    return (step for step in section.steps if not isinstance(step, Information))


def consents(guide: Guide, *, required: bool | None = None) -> Iterator[Consent]:
    """The agreements that a guide asks for; with `required`, only those that are, or are not."""
    for step in guide.steps.values():
        if isinstance(step, Consent) and required in (None, step.required):
            yield step


def named(step: Step) -> str:
    """What a column made by this step is called."""
    return step.name or step.id


def masking(answer: Answer | None) -> Coded | None:
    """What became of what points to a person; None when nothing does."""
    if answer is None or not answer.names_someone:
        return None
    chosen = answer.masking if answer.masking in MASKINGS else "unchosen"
    return coded(chosen, MASKINGS)


def day(moment: datetime) -> date:
    """The day in UTC, as storage keeps it: nothing finer leaves."""
    return moment.astimezone(UTC).date()


def choices(answer: Answer) -> tuple[Coded, ...]:
    """The codes of an answer, with what they meant to the person at that time."""
    pairs = zip_longest(answer.values, answer.labels[: len(answer.values)])
    return tuple(Coded(code, label or code) for code, label in pairs)
