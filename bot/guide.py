"""A guide is a file: its sections, its steps and what each kind of step may say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field

from bot.conditions import Condition, parse
from bot.model import Answer, Spot, State
from bot.plain import fold

Codes: TypeAlias = tuple[str, ...]  # what an answer says; empty for words
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$")]
Sentence = Annotated[str, Field(min_length=1, max_length=1200)]
Label = Annotated[str, Field(min_length=1, max_length=60)]


Purpose = Literal["keep", "quote", "contact", "invite"]


class Written(BaseModel):
    """Anything written in a guide file: frozen, and nothing unknown is let through."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Option(Written):
    """One possible choice."""

    value: Code = Field(description="Le code gardé dans les fichiers. Ne le changez jamais.")
    label: Label = Field(description="Ce que la personne lit et touche.")
    simpler: Label | None = Field(None, description="Le même choix, plus simple.")
    also: tuple[str, ...] = Field((), description="D'autres mots qui veulent dire ce choix.")
    means: Sentence | None = Field(
        None, description="Ce que ce choix veut dire, en une phrase : dit à qui le demande."
    )
    helped: Literal["none", "with_help", "by_helper"] | None = Field(
        None,
        description="Qui répond : « none » seul, « with_help » avec l'aide de quelqu'un, "
        "« by_helper » par la main d'une autre personne.",
    )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every word for it, made plain."""
        return tuple(fold(n) for n in (self.label, self.simpler or "", *self.also) if n)


class Bracket(Option):
    """A range of numbers, both ends included; an open end is left out."""

    at_least: int | None = Field(None, description="Le plus petit nombre de la tranche.")
    at_most: int | None = Field(None, description="Le plus grand nombre de la tranche.")


class StepOfAnyKind(Written):
    """What every step may say."""

    id: Id = Field(description="Le nom de l'étape, unique dans le guide.")
    question: Sentence = Field(description="Ce que l'assistant dit ou demande.")
    simpler: Sentence | None = Field(None, description="La même chose, plus courte et plus facile.")
    name: Label | None = Field(
        None, description="Le nom court de la réponse, quand on la relit. Par défaut : la question."
    )
    example: Sentence | None = Field(None, description="Un exemple de réponse.")
    why: Sentence | None = Field(None, description="Pourquoi on pose la question.")
    optional: bool = Field(True, description="La personne peut passer cette étape.")
    sensitive: bool = Field(
        False, description="Question personnelle : le « why » est dit avec la question."
    )
    of_helper: bool = Field(
        False, description="L'étape parle de qui aide : elle n'est pas reposée à qui suit."
    )
    condition: str | None = Field(
        None, alias="if", description="L'étape est posée seulement si cette condition est vraie."
    )

    @cached_property
    def when(self) -> Condition | None:
        return parse(self.condition) if self.condition else None

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The choices this step offers; () when it takes words or numbers."""
        return ()


class Information(StepOfAnyKind):
    """Something said; nothing is asked."""

    kind: Literal["information"]


class Consent(StepOfAnyKind):
    """An agreement, given by a button or by listed words only. The text's version is kept."""

    kind: Literal["consent"]
    version: str = Field(min_length=1, description="La version du texte accepté.")
    required: bool = Field(
        False, description="Sans cet accord, rien de ce que la personne écrit n'est gardé."
    )
    allows: tuple[Purpose, ...] = Field(
        (),
        description="Ce que l'accord permet : « keep » garder les réponses, « quote » citer des "
        "phrases, « contact » écrire en premier, « invite » inviter. « required » permet « keep ».",
    )
    accept: Label = Field("Oui, je suis d'accord", description="Le bouton pour accepter.")
    decline: Label = Field("Non", description="Le bouton pour refuser.")
    optional: Literal[False] = Field(False, description="Un accord ne peut pas être passé.")

    @cached_property
    def options(self) -> tuple[Option, ...]:
        return (Option(value="yes", label=self.accept), Option(value="no", label=self.decline))

    @cached_property
    def purposes(self) -> frozenset[Purpose]:
        """What is allowed once this is agreed to."""
        return frozenset({*self.allows, *(("keep",) if self.required else ())})


class Short(StepOfAnyKind):
    """A step answered by a code or a number, which may leave the organiser's team."""

    leaves: tuple[Literal["partner", "public"], ...] = Field(
        (),
        description="À qui la réponse peut aller hors de l'équipe : « partner » un partenaire, "
        "« public » tout le monde. Par défaut : personne.",
    )


class Stated(Short):
    """A step that a sentence about oneself may answer, whatever was asked."""

    entity: str | None = None


STATED = Field(description="Ce qu'une phrase dit de la personne, et qui répond à cette étape.")
Profile = Annotated[Literal["public", "job", "structure", "diploma"] | None, STATED]
Years = Annotated[Literal["length_of_service"] | None, STATED]
Place = Annotated[Literal["department"] | None, STATED]


class OneChoice(Stated):
    """One choice among a few."""

    kind: Literal["choice"]
    entity: Profile = None
    choices: tuple[Option, ...] = Field(min_length=2, max_length=12)
    distinct: bool = Field(
        False, description="Dans une partie répétée, ne pas proposer ce qui a déjà été choisi."
    )

    @cached_property
    def options(self) -> tuple[Option, ...]:
        return self.choices


class SeveralChoices(Stated):
    """Several choices among a few, closed by « J'ai fini »."""

    kind: Literal["choices"]
    entity: Profile = None
    choices: tuple[Option, ...] = Field(min_length=2, max_length=12)
    at_most: int | None = Field(None, ge=1, description="Le nombre de choix possibles.")

    @cached_property
    def options(self) -> tuple[Option, ...]:
        return self.choices


class YesNo(Short):
    """Yes or no."""

    kind: Literal["yes_no"]
    yes: Label = Field("Oui", description="Le bouton « oui ».")
    no: Label = Field("Non", description="Le bouton « non ».")

    @cached_property
    def options(self) -> tuple[Option, ...]:
        return (Option(value="yes", label=self.yes), Option(value="no", label=self.no))


class Number(Stated):
    """A whole number, or the bracket it falls in."""

    kind: Literal["number"]
    entity: Years = None
    at_least: int = Field(0, description="Le plus petit nombre possible.")
    at_most: int = Field(120, description="Le plus grand nombre possible.")
    unit: str = Field("", max_length=20, description="L'unité, par exemple « ans ».")
    brackets: tuple[Bracket, ...] = Field(
        (), max_length=12, description="Les tranches à toucher. Un nombre tapé y est rangé."
    )

    @cached_property
    def limited(self) -> bool:
        """Whether the guide says how great a number may be: its last bracket may have no end."""
        return "at_most" in self.model_fields_set

    @cached_property
    def options(self) -> tuple[Option, ...]:
        return self.brackets


class Department(Stated):
    """A French department, from its name, its number, a town or a part of one."""

    kind: Literal["place"]
    entity: Place = None


class Open(StepOfAnyKind):
    """The person's own words, in one or several messages."""

    kind: Literal["open"]
    several: bool = Field(True, description="La réponse peut tenir en plusieurs messages.")
    at_most: int = Field(
        10_000, ge=1, le=10_000, description="Longueur d'un message, en caractères."
    )
    reminder: Sentence | None = Field(
        None, description="Un rappel dit avant la question, par exemple de ne nommer personne."
    )
    mask: bool = Field(
        True, description="Les noms, téléphones et adresses trouvés sont proposés masqués."
    )
    probe: Sentence | None = Field(
        None, description="Une relance, dite une seule fois, quand la réponse est très courte."
    )
    probe_under: int = Field(
        6, ge=2, le=50, description="En dessous de combien de mots on relance."
    )
    title_of: Id | None = Field(
        None, description="Le texte dont cette étape est le titre : ses mots sont proposés."
    )


class ReadBack(StepOfAnyKind):
    """What was answered is read again, and can be changed before it counts."""

    kind: Literal["read_back"]
    of: tuple[Id, ...] = Field(min_length=1, description="Les étapes à relire.")
    accept: Label = Field("Oui, c'est bon", description="Le bouton pour valider.")
    optional: Literal[False] = Field(False, description="Une relecture ne peut pas être passée.")

    @cached_property
    def options(self) -> tuple[Option, ...]:
        return (Option(value="yes", label=self.accept),)


Step = (
    Information
    | Consent
    | OneChoice
    | SeveralChoices
    | YesNo
    | Number
    | Department
    | Open
    | ReadBack
)
KINDS = ("information", "consent", "choice", "choices", "yes_no", "number", "place", "open",
         "read_back")  # fmt: skip


class Repeat(Written):
    """The section is asked again while the step `again` is answered yes."""

    again: Id = Field(description="L'étape oui/non qui demande si on recommence.")
    at_most: int = Field(4, ge=2, le=9, description="Le nombre de tours possibles.")


class ContributionOf(Written):
    """What the synthesis reads: an experience or a proposal made of some answers."""

    kind: Literal["experience", "proposal"]
    text: Id = Field(description="L'étape qui porte le texte.")
    title: Id | None = Field(None, description="L'étape qui porte le titre.")
    topic: Id | None = Field(None, description="L'étape qui porte le sujet.")
    public: Id | None = Field(None, description="L'étape qui dit pour qui.")


class Section(Written):
    """A part of the guide."""

    id: Id = Field(description="Le nom de la partie, unique dans le guide.")
    title: Label = Field(description="Le titre de la partie.")
    condition: str | None = Field(
        None, alias="if", description="La partie est posée seulement si cette condition est vraie."
    )
    repeat: Repeat | None = None
    contributions: tuple[ContributionOf, ...] = ()
    steps: tuple[Annotated[Step, Field(discriminator="kind")], ...] = Field(min_length=1)

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(step.id for step in self.steps)

    @cached_property
    def when(self) -> Condition | None:
        return parse(self.condition) if self.condition else None


class Guide(Written):
    """One consultation."""

    guide: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Le nom du guide.")
    version: str = Field(
        pattern=r"^[0-9A-Za-z.-]{1,20}$",
        description="À changer à chaque modification : chacun finit la version commencée.",
    )
    title: Sentence = Field(description="Le titre de la consultation.")
    organiser: Label | None = Field(None, description="Qui organise.")
    status: Sentence | None = Field(
        None, description="La réponse à « où en est la consultation ? »."
    )
    about: Sentence | None = Field(
        None, description="Qui organise et dans quel but : dit à qui demande « qui êtes-vous ? »."
    )
    sections: tuple[Section, ...] = Field(min_length=1)

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        return {step.id: step for section in self.sections for step in section.steps}

    @cached_property
    def section_of(self) -> Mapping[str, Section]:
        return {step.id: section for section in self.sections for step in section.steps}

    @cached_property
    def required_consents(self) -> tuple[str, ...]:
        return tuple(s.id for s in self.steps.values() if isinstance(s, Consent) and s.required)

    def consents_for(self, purpose: Purpose) -> tuple[str, ...]:
        """The agreements that allow this; when there are several, all are needed."""
        return self._consents[purpose]

    @cached_property
    def _consents(self) -> Mapping[Purpose, tuple[str, ...]]:
        asked = [step for step in self.steps.values() if isinstance(step, Consent)]
        every: tuple[Purpose, ...] = get_args(Purpose)
        return {one: tuple(s.id for s in asked if one in s.purposes) for one in every}

    @cached_property
    def who_answers(self) -> str | None:
        """The step that asks who is answering: alone, helped, or helping."""
        said = (s.id for s in self.steps.values() if any(option.helped for option in s.options))
        return next(said, None)

    def helped(self, answers: Mapping[Spot, Answer]) -> str | None:
        """How the person answers: "none", "with_help", "by_helper"; None: not said."""
        answer = answers.get(Spot(self.who_answers)) if self.who_answers else None
        if answer is None or not answer.values:
            return None
        options = self.steps[self.who_answers or ""].options
        return next((o.helped for o in options if o.value == answer.values[0]), None) or "none"

    def step(self, spot: Spot) -> Step:
        return self.steps[spot.step]

    @cached_property
    def _deciding(self) -> frozenset[str]:
        """The steps whose answers decide what is asked."""
        written = [
            condition
            for section in self.sections
            for condition in (section.when, *(step.when for step in section.steps))
            if condition
        ]
        again = (section.repeat.again for section in self.sections if section.repeat)
        return frozenset({*again, *(step for one in written for step, _ in one.names)})

    @cached_property
    def _known_paths(self) -> Callable[[tuple[tuple[Spot, Codes], ...]], tuple[Spot, ...]]:
        return lru_cache(maxsize=2048)(lambda decided: tuple(self._walk(dict(decided))))

    def path(self, answers: Mapping[Spot, Answer]) -> tuple[Spot, ...]:
        """Every spot these answers lead through, in order, answered or not.

        A section goes on to its next round only once its `again` step is answered yes.
        """
        deciding = self._deciding
        return self._known_paths(
            tuple([
                (spot, answer.values)
                for spot, answer in answers.items()
                if spot.step in deciding and answer.state is State.ANSWERED
            ])
        )  # fmt: skip

    def _walk(self, decided: Mapping[Spot, Codes]) -> Iterator[Spot]:
        for section in self.sections:
            for round in range(section.repeat.at_most if section.repeat else 1):
                if not _holds(section.when, section, round, decided):
                    break
                last = section.repeat is None or round + 1 == section.repeat.at_most
                for step in section.steps:
                    if last and section.repeat and step.id == section.repeat.again:
                        continue
                    if _holds(step.when, section, round, decided):
                        yield Spot(step.id, round)
                if section.repeat is None:
                    break
                if decided.get(Spot(section.repeat.again, round)) != ("yes",):
                    break


def _holds(
    condition: Condition | None, section: Section, round: int, decided: Mapping[Spot, Codes]
) -> bool:
    if condition is None:
        return True
    return condition.holds(
        lambda step: decided.get(Spot(step, round if step in section.ids else 0))
    )
