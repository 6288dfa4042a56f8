"""The page: docs/understanding.md, in French, without any sentence of the sets."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Cell, number, table
from bench.nlu_report import aims, page_found, page_talk
from bench.nlu_report.aims import percent
from bench.nlu_report.measured import ByHand, Measured
from bench.nlu_report.scores import (
    accuracy,
    bins,
    by_intent,
    calibration_error,
    confusions,
    from_threshold,
)

CALIBRATION, INTENTS = "understanding-calibration.svg", "understanding-intents.svg"
THRESHOLDS = (0.3, 0.5, 0.7, 0.8)  # those bot/meaning.py chooses among
RARE = 2  # fewer times than this, a confusion is only counted
NOTHING = "(rien)"


def page(measured: Measured) -> str:
    """The whole page."""
    parts = [
        "# Comprendre le français",
        "Page écrite par `make nlu-report` : le modèle est entraîné depuis rien, son vrai serveur "
        "démarré, et tout passe par `nlu/rasa.py` et `nlu/understand.py`, comme dans une "
        "conversation. Les jeux n'ont pas servi à l'entraînement ; aucune de leurs phrases n'est "
        "citée.",
        f"Mesuré le {measured.on} : {measured.machine}.",
        "## Ce qui est visé, ce qui est mesuré",
        aims.told(measured),
        "Une visée est tenue quand elle l'est sur les textes des deux mains réunis. Le rappel de "
        "`stop` et de "
        "`delete_my_data` compte ce qui est suivi ou redemandé (« Vous vouliez … ? ») ; effacer "
        "n'est jamais fait sans une confirmation. « Pris pour une commande » : les quatre "
        "cas du tableau plus bas ensemble. La précision compte ce que déclenche une réponse ou un "
        "hors-sujet.",
        "## Les jeux",
        *_sets(measured),
        "## Intentions",
        *_intents(measured),
        "## Confiance",
        *_confidence(measured),
        "## En contexte",
        *page_talk.in_context([hand for hand in measured.hands if hand.context.outcomes]),
        "## Profil et choix",
        *page_found.fields(measured),
        "## Langue",
        *page_found.language(measured),
        "## Détresse et danger",
        *page_talk.in_danger([hand for hand in measured.hands if hand.chain]),
        "## Données personnelles",
        *page_found.personal(measured),
        "## Durées et mémoire",
        *page_found.cost(measured),
    ]
    return "\n\n".join(parts) + "\n"


def _sets(measured: Measured) -> Iterator[str]:
    rows = [(f"`nlu/evaluation/{name}`", size) for name, size in measured.sizes.items()]
    yield table(("Jeu gardé à part", "textes"), rows)
    said = measured.trained_on
    fewest = min(said.values())
    yield (
        f"Entraînement : {number(sum(said.values()))} phrases, {len(said)} intentions, au moins "
        f"{fewest} par intention. Les fichiers `second-…` sont d'une autre main, qui n'a vu ni "
        "l'entraînement ni l'autre jeu."
    )


def _intents(measured: Measured) -> Iterator[str]:
    hands = [hand for hand in measured.hands if hand.chain]
    rows: list[tuple[Cell, ...]] = []
    for hand in hands:
        for name, f1, guesses in zip(
            ("modèle seul", "chaîne entière"), hand.f1, (hand.model, hand.chain), strict=True
        ):
            rows.append((f"{hand.name}, {name}", len(guesses), number(f1, 3),
                         number(accuracy(guesses), 3)))  # fmt: skip
    yield table(("Jeu", "textes", "macro-F1", "justes"), rows)
    yield f"![F1 de chaque intention]({_image(INTENTS)})"
    for hand in hands:
        yield f"### Par intention : {hand.name}"
        yield _per_intent(hand)
    for hand in hands:
        yield f"### Confusions : {hand.name}"
        yield from _confused(hand)


def _per_intent(hand: ByHand) -> str:
    model, chain = by_intent(hand.model), by_intent(hand.chain)
    rows = [
        (name, one.meant, number(one.precision, 2), number(one.recall, 2), number(one.f1, 2),
         number(model[name].f1, 2))
        for name, one in chain.items()
    ]  # fmt: skip
    head = ("Intention", "textes", "précision", "rappel", "F1", "F1, modèle seul")
    return table(head, rows)


def _confused(hand: ByHand) -> Iterator[str]:
    pairs = confusions(hand.chain)
    often = [(meant, said or NOTHING, n) for meant, said, n in pairs if n >= RARE]
    if often:
        yield table(("Voulu", "compris", "fois"), often)
    rare = sum(n for *_, n in pairs if n < RARE)
    yield f"Chaîne entière. Confusions vues une seule fois : {rare}."


def _confidence(measured: Measured) -> Iterator[str]:
    yield (
        "Modèle seul. Une confiance est juste quand, de cent textes compris à 0,70, soixante-dix "
        "le sont bien."
    )
    yield f"![Confiance et réponses justes]({_image(CALIBRATION)})"
    hands = [hand for hand in measured.hands if hand.model]
    for hand in hands:
        rows = [
            (f"{number(one.low, 1)} à {number(one.high, 1)}", one.count,
             number(one.confidence, 2), number(one.right, 2))
            for one in bins(hand.model)
        ]  # fmt: skip
        yield f"### {hand.name.capitalize()}"
        yield table(("Confiance", "textes", "moyenne", "justes"), rows)
        yield f"Erreur de calibration (ECE) : {number(calibration_error(hand.model), 3)}."
        kept = [(least, *from_threshold(hand.model, least)) for least in THRESHOLDS]
        head = ("Confiance", "textes", "part", "justes")
        yield table(
            head,
            [
                (f"≥ {number(least, 1)}", n, percent(n / len(hand.model)), percent(right))
                for least, n, right in kept
            ],
        )


def _image(name: str) -> str:
    return f"images/{name}"
