"""Of the page: what becomes of words in a conversation, and who is heard in danger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.figures import Cell, number, table
from bench.nlu_report import alarms, context
from bench.nlu_report.aims import percent
from bench.nlu_report.measured import ByHand

OUTCOMES = {
    context.RIGHT: "juste",
    context.ASKED_BACK: "« Vous vouliez … ? »",
    context.ASKED_AGAIN: "question reposée",
    context.KEPT: "prise pour une (autre) réponse",
    context.COMMAND: "prise pour une (autre) commande",
}
TAKEN = {
    "open answers": "réponses ouvertes, à une question ouverte",
    "contents": "expériences, propositions et profils, à une question ouverte",
    "out of scope, open": "hors-sujet, à une question ouverte",
    "out of scope, closed": "hors-sujet, à chaque autre genre de question",
}
ALARMS = {
    alarms.SELF: "personne en danger",
    alarms.OTHER: "quelqu'un d'autre en danger",
    alarms.LOOKS_SO: "ordinaire, mais y ressemble",
    alarms.ORDINARY: "ordinaire",
}


def in_context(hands: Sequence[ByHand]) -> Iterator[str]:
    yield (
        "Chaque texte est joué à une question ordinaire du genre dit, par `nlu/understand.py` "
        "puis `bot/meaning.py`. « Question reposée » : rien n'est gardé, la personne peut "
        "redire. Dans une liste, une réponse juste est une réponse lue, quelle qu'elle soit."
    )
    for hand in hands:
        yield f"### {hand.name.capitalize()}"
        found = hand.context
        rows: list[tuple[Cell, ...]] = [
            (f"`{kind}`", outcomes.total(), *(outcomes[one] for one in OUTCOMES))
            for kind, outcomes in sorted(found.outcomes.items())
        ]
        yield table(("Question", "textes", *OUTCOMES.values()), rows)
        yield from _agreed(hand)
        yield _moves(found)
        yield _taken(found)


def _moves(found: context.Context) -> str:
    head = ("Commande", "voulues", "suivies", "redemandées", "précision",
            "suivies à tort", "par une réponse", "redemandées à une réponse")  # fmt: skip
    rows = [
        (f"`{move}`", one.meant, one.followed, one.asked, number(one.precision, 2),
         one.wrongly, one.by_answers, one.asked_of_answers)
        for move, one in found.moves.items()
    ]  # fmt: skip
    return table(head, rows)


def _taken(found: context.Context) -> str:
    head = ("Pris pour une commande", "fois posés", "suivis", "part", "« Vous vouliez … ? »")
    rows = [
        (TAKEN[where], one.texts, one.followed, percent(one.share), one.asked)
        for where, one in found.taken.items()
    ]
    return table(head, rows)


def _agreed(hand: ByHand) -> Iterator[str]:
    found = hand.context
    rows: list[tuple[Cell, ...]] = []
    for name, kind, value in (
        ("oui, à une question oui/non", "yes_no", "yes"),
        ("non, à une question oui/non", "yes_no", "no"),
        ("oui, à un accord", "consent", "yes"),
        ("non, à un accord", "consent", "no"),
    ):
        right, texts = context.recall(found, [kind], value)
        rows.append((name, texts, right, number(right / max(1, texts), 2)))
    yield table(("Réponse", "textes", "lues", "rappel"), rows)
    yield (
        f"Accord pris dans des mots qui ne le donnent pas : {found.agreed} sur {found.doubtful}. "
        "Un accord n'est lu que dans des mots listés, jamais par le modèle : les autres oui "
        "sont redemandés."
    )


def in_danger(hands: Sequence[ByHand]) -> Iterator[str]:
    rows: list[tuple[Cell, ...]] = []
    for hand in hands:
        for name, found in hand.alarms.items():
            if found.texts:
                rules = hand.rules[name]
                rows.append((f"{hand.name} : {ALARMS[name]}", found.texts,
                             rules.yourself, rules.other, found.yourself, found.other,
                             found.gently))  # fmt: skip
    head = ("Textes", "nombre", "règles : soi", "règles : autre", "chaîne : soi", "chaîne : autre",
            "dont doucement")  # fmt: skip
    yield table(head, rows)
    yield (
        "Une alerte donne les numéros d'urgence ; elle ne jette jamais la réponse. « Doucement » : "
        "le modèle est seul à entendre un danger, sans une règle ni un mot de crise. Les mots "
        "gardent leur sens et une ligne propose les numéros ; le rappel compte ces lignes comme "
        "entendues."
    )
