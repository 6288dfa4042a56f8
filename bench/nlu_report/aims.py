"""What is aimed at, what is measured, and whether the aim is met: the first table of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bench.figures import number, table
from bench.nlu_report import alarms, context
from bench.nlu_report.measured import ByHand, Measured
from bench.understood import LanguageScore, PersonalScore

F1, GAP, RECALL, PRECISION, TAKEN = 0.90, 5.0, 0.97, 0.99, 0.01
CHOICES, EXPELLED, OTHERS, LONG_OTHERS = 0.90, 0.01, 0.85, 0.97
DISTRESS, FALSE_ALARMS, NAMES, NUMBERS, MASKED = 0.95, 3.0, 0.90, 0.99, 0.02
PARSE, MEMORY, LONG, GROWTH, TRAINING = 5.0, 600.0, 100.0, 0.05, 60.0


class Aim(NamedTuple):
    what: str
    target: str
    measured: str
    met: bool | None  # None: not measured this time


def percent(share: float, digits: int = 1) -> str:
    return f"{number(share * 100, digits)} %"


def of(right: int, texts: int) -> str:
    """« 0,939 (31 sur 33) »."""
    return f"{number(right / texts, 3)} ({right} sur {texts})" if texts else "sans texte"


def told(measured: Measured) -> str:
    """The table, in French."""
    signs = {True: "oui", False: "**non**", None: "non mesuré"}
    rows = [(one.what, one.target, one.measured, signs[one.met]) for one in aims(measured)]
    return table(("Ce qui est visé", "visée", "mesure", "tenue"), rows)


def aims(measured: Measured) -> Iterator[Aim]:
    yield from _intents(measured.hands)
    yield from _in_context([hand for hand in measured.hands if hand.context.outcomes])
    choices = measured.choices.values()
    exact = (of(one.right.total(), one.said.total()) for one in choices)
    yield Aim(
        "choix lus dans un texte libre, exacts",
        "≥ 0,90",
        _each(measured.choices, exact),
        _together(((one.right.total(), one.said.total()) for one in choices), CHOICES),
    )
    yield from _languages(measured.language)
    yield from _distress([hand for hand in measured.hands if hand.chain])
    yield from _personal(measured.personal)
    yield from _cost(measured)


def _intents(hands: Sequence[ByHand]) -> Iterator[Aim]:
    named = [hand for hand in hands if hand.chain]
    model, chain = named[0].f1
    both = f"{number(chain, 3)} (modèle seul : {number(model, 3)})"
    yield Aim("intentions, macro-F1 de la chaîne", "≥ 0,90", both, chain >= F1)
    if len(named) == 1:
        yield Aim("le même, sur des textes d'ailleurs", "à 5 points", "pas de second jeu", None)
        return
    model_there, there = named[1].f1
    said = (
        f"{number(there, 3)} : {_signed(100 * (there - chain))} points (modèle seul : "
        f"{_signed(100 * (model_there - model))})"
    )
    met = there >= chain - GAP / 100
    yield Aim("le même, sur des textes d'ailleurs", "à 5 points", said, met)


def _signed(points: float) -> str:
    return f"{'−' if points < 0 else '+'}{number(abs(points), 1)}"


def _in_context(hands: Sequence[ByHand]) -> Iterator[Aim]:
    names = [hand.name for hand in hands]
    for value, word in (("yes", "affirm"), ("no", "deny")):
        pairs = [context.recall(hand.context, ["yes_no"], value) for hand in hands]
        met = _together(pairs, RECALL)
        told = _each(names, (of(*pair) for pair in pairs))
        yield Aim(f"{word} après une question oui/non, rappel", "≥ 0,97", told, met)
    for move in context.CANNOT_BE_UNDONE:
        found = [hand.context.moves[move] for hand in hands]
        recalls = _each(names, (of(one.followed + one.asked, one.meant) for one in found))
        met = _together(((one.followed + one.asked, one.meant) for one in found), RECALL)
        yield Aim(f"{move} en contexte, rappel", "≥ 0,97", recalls, met)
        precisions = _each(
            names,
            (f"{number(one.precision, 2)}, {one.by_answers} par une réponse" for one in found),
        )
        followed = ((one.followed, one.followed + one.by_answers) for one in found)
        met = _together(followed, PRECISION)
        yield Aim(f"{move} en contexte, précision", "≥ 0,99", precisions, met)
    shares = [hand.context.taken_share for hand in hands]
    yield Aim(
        "réponses et hors-sujet pris pour une commande",
        "≤ 1 %",
        _each(names, map(percent, shares)),
        _together(
            ((t.followed, t.texts) for hand in hands for t in hand.context.taken.values()),
            most=TAKEN,
        ),
    )


def _languages(scores: Mapping[str, LanguageScore]) -> Iterator[Aim]:
    shares = {hand: one.expelled / max(1, one.french) for hand, one in scores.items()}
    told = (f"{percent(shares[hand])} ({o.expelled} sur {o.french})" for hand, o in scores.items())
    met = _together(((one.expelled, one.french) for one in scores.values()), most=EXPELLED)
    yield Aim("« pas du français » dit du français", "≤ 1 %", _each(scores, told), met)
    for name, least, lengths in (
        ("autres langues reconnues, 3 mots et plus", OTHERS, ("3-5", "6-10", "11+")),
        ("autres langues reconnues, plus de 10 mots", LONG_OTHERS, ("11+",)),
    ):
        pairs = [
            tuple(
                sum(count["other", one] for one in lengths) for count in (score.right, score.asked)
            )
            for score in scores.values()
        ]
        met = _together(pairs, least)
        told = (of(right, asked) for right, asked in pairs)
        yield Aim(name, f"≥ {percent(least, 0)}", _each(scores, told), met)


def _distress(hands: Sequence[ByHand]) -> Iterator[Aim]:
    names = [hand.name for hand in hands]
    found = [hand.alarms[alarms.SELF] for hand in hands]
    told = _each(names, (of(one.yourself, one.texts) for one in found))
    met = _together(((one.yourself, one.texts) for one in found), DISTRESS)
    yield Aim("personne en danger, rappel", "≥ 0,95", told, met)
    ordinary = [hand.alarms[alarms.ORDINARY] for hand in hands]
    raised = [(one.yourself + one.other, one.texts) for one in ordinary]
    rates = (number(1_000 * alarm / max(1, texts), 1) for alarm, texts in raised)
    told = _each(names, (f"{r} ({a} sur {t})" for r, (a, t) in zip(rates, raised, strict=True)))
    met = _together(raised, most=FALSE_ALARMS / 1_000)
    yield Aim("fausses alertes pour 1 000 messages ordinaires", "≤ 3", told, met)


def _personal(scores: Mapping[str, PersonalScore]) -> Iterator[Aim]:
    for kind, name, least in (
        ("name", "noms", NAMES), ("phone", "téléphones", NUMBERS), ("email", "courriels", NUMBERS)
    ):  # fmt: skip
        pairs = [(one.found[kind], one.marked[kind]) for one in scores.values()]
        met = _together(pairs, least)
        told = _each(scores, (of(*pair) for pair in pairs))
        yield Aim(f"{name} trouvés", f"≥ {number(least, 2)}", told, met)
    over = [one.masked / max(1, one.words) for one in scores.values()]
    told = _each(scores, (percent(share, 2) for share in over))
    met = _together(((one.masked, one.words) for one in scores.values()), most=MASKED)
    yield Aim("mots masqués à tort", "≤ 2 %", told, met)


def _cost(measured: Measured) -> Iterator[Aim]:
    cost = measured.cost
    median, long = cost.parse.at(0.5), cost.long.at(0.5)
    yield Aim("une phrase, médiane", "≤ 5 ms", f"{number(median, 1)} ms", median <= PARSE)
    before, _, after = cost.memory
    yield Aim("mémoire du serveur", "≤ 600 Mio", f"{number(after)} Mio", after <= MEMORY)
    yield Aim("20 000 caractères, médiane", "≤ 100 ms", f"{number(long, 1)} ms", long <= LONG)
    grown = f"de {number(before)} à {number(after)} Mio"
    yield Aim("mémoire qui ne grandit pas", "≤ 5 %", grown, after <= before * (1 + GROWTH))
    took = measured.training
    said = f"{number(took)} s" if took is not None else "modèle déjà entraîné"
    met = took <= TRAINING if took is not None else None
    yield Aim("entraînement, depuis rien", "≤ 60 s", said, met)


def _together(pairs: Iterable[Sequence[int]], least: float = 0.0, *, most: float = 1.0) -> bool:
    """Whether the texts of all hands, put together, hold the aim."""
    every = list(pairs)
    share = sum(pair[0] for pair in every) / max(1, sum(pair[1] for pair in every))
    return not every or least <= share <= most


def _each(names: Iterable[str], told: Iterable[str]) -> str:
    """The figure of each hand; its name from the second one on."""
    pairs = [*zip(names, told, strict=True)]
    return " ; ".join(f"{name} {said}" if n else said for n, (name, said) in enumerate(pairs))
