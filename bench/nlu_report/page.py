"""The page: docs/understanding.md, in French, without any sentence of the sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.figures import Cell, number, table
from bench.nlu_report import aims, alarms, context
from bench.nlu_report.aims import of, percent
from bench.nlu_report.cost import LONG_ONES, MANY, Times
from bench.nlu_report.measured import ByHand, Measured
from bench.nlu_report.scores import (
    accuracy,
    bins,
    by_intent,
    calibration_error,
    confusions,
    from_threshold,
)
from bench.understood_profile import KINDS

CALIBRATION, INTENTS = "understanding-calibration.svg", "understanding-intents.svg"
THRESHOLDS = (0.3, 0.5, 0.8)  # those of bot/meaning.py
RARE = 2  # fewer times than this, a confusion is only counted
NOTHING = "(rien)"
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
FIELDS = {
    "public": "public", "job": "métier", "structure": "structure", "diploma": "diplôme",
    "department": "département", "length_of_service": "ancienneté", "since": "depuis (année)",
}  # fmt: skip
TRACES = {
    "name": "nom", "phone": "téléphone", "email": "courriel", "address": "adresse",
    "record": "numéro de dossier",
}  # fmt: skip


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
        "Une visée n'est tenue que si elle l'est sur chaque jeu. Le rappel de `stop` et de "
        "`delete_my_data` compte ce qui est suivi ou redemandé (« Vous vouliez … ? ») ; effacer "
        "n'est jamais fait sans une confirmation. « Pris pour une commande » : le pire des "
        "quatre cas du tableau plus bas.",
        "## Les jeux",
        *_sets(measured),
        "## Intentions",
        *_intents(measured),
        "## Confiance",
        *_confidence(measured),
        "## En contexte",
        *_context([hand for hand in measured.hands if hand.context.outcomes]),
        "## Profil et choix",
        *_fields(measured),
        "## Langue",
        *_language(measured),
        "## Détresse et danger",
        *_alarms([hand for hand in measured.hands if hand.chain]),
        "## Données personnelles",
        *_personal(measured),
        "## Durées et mémoire",
        *_cost(measured),
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
    if len(hands) > 1:
        gaps = [100 * (ours - other) for ours, other in zip(hands[0].f1, hands[1].f1, strict=True)]
        yield (
            f"Écart entre les deux jeux : {number(gaps[0], 1)} points pour le modèle seul, "
            f"{number(gaps[1], 1)} pour la chaîne entière."
        )
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
        rows = []
        for least in THRESHOLDS:
            kept, right = from_threshold(hand.model, least)
            rows.append((f"≥ {number(least, 1)}", kept, percent(kept / len(hand.model)),
                         percent(right)))  # fmt: skip
        yield table(("Seuil de `bot/meaning.py`", "textes", "part", "justes"), rows)


def _context(hands: Sequence[ByHand]) -> Iterator[str]:
    yield (
        "Chaque texte est joué à une question ordinaire du genre dit, par `nlu/understand.py` "
        "puis `bot/meaning.py`. « Question reposée » : rien n'est gardé, la personne peut "
        "redire. Dans une liste, une réponse juste est une réponse lue, quelle qu'elle soit."
    )
    for hand in hands:
        yield f"### {hand.name.capitalize()}"
        found = hand.context
        rows = [
            (f"`{kind}`", outcomes.total(), *(outcomes[one] for one in OUTCOMES))
            for kind, outcomes in sorted(found.outcomes.items())
        ]
        yield table(("Question", "textes", *OUTCOMES.values()), rows)
        yield from _agreed(hand)
        head = ("Commande", "voulues", "suivies", "redemandées", "précision",
                "suivies à tort", "dont réponses", "redemandées à une réponse")  # fmt: skip
        moves = [
            (f"`{move}`", one.meant, one.followed, one.asked, number(one.precision, 2),
             one.wrongly, one.by_answers, one.asked_of_answers)
            for move, one in found.moves.items()
        ]  # fmt: skip
        yield table(head, moves)
        taken = [
            (TAKEN[where], one.texts, one.followed, percent(one.share), one.asked)
            for where, one in found.taken.items()
        ]
        head = ("Pris pour une commande", "fois posés", "suivis", "part", "« Vous vouliez … ? »")
        yield table(head, taken)


def _agreed(hand: ByHand) -> Iterator[str]:
    found = hand.context
    rows = []
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


def _fields(measured: Measured) -> Iterator[str]:
    found = measured.fields
    rows = [
        (FIELDS[kind], found.said[kind], found.right[kind],
         number(found.right[kind] / max(1, found.said[kind]), 2), found.invented[kind])
        for kind in KINDS
    ]  # fmt: skip
    total = (found.said.total(), found.right.total(), number(found.exact, 2),
             found.invented.total())  # fmt: skip
    yield table(("Champ", "dits", "lus exactement", "part", "inventés"), [*rows, ("tous", *total)])
    yield f"Phrases dont tous les champs sont exacts : {of(found.whole, found.sentences)}."


def _language(measured: Measured) -> Iterator[str]:
    found, names = measured.language, {"fr": "français", "other": "autre langue"}
    rows = [
        (f"{names.get(group, 'trop court pour le dire')}, {words} mots",
         found.asked[group, words], found.right[group, words],
         number(found.right[group, words] / found.asked[group, words], 2))
        for group, words in sorted(found.asked)
    ]  # fmt: skip
    yield table(("Textes", "nombre", "justes", "part"), rows)
    yield f"« Pas du français » dit du français : {found.expelled} sur {found.french}."


def _alarms(hands: Sequence[ByHand]) -> Iterator[str]:
    rows: list[tuple[Cell, ...]] = []
    for hand in hands:
        for name, found in hand.alarms.items():
            if found.texts:
                rules = hand.rules[name]
                rows.append((f"{hand.name} : {ALARMS[name]}", found.texts,
                             rules.yourself, rules.other, found.yourself, found.other))  # fmt: skip
    head = ("Textes", "nombre", "règles : soi", "règles : autre", "chaîne : soi", "chaîne : autre")
    yield table(head, rows)
    yield "Une alerte donne les numéros d'urgence ; elle ne jette jamais la réponse."


def _personal(measured: Measured) -> Iterator[str]:
    found = measured.personal
    rows = [
        (TRACES.get(kind, kind), n, number(found.found[kind] / n, 2),
         number(found.exact[kind] / n, 2), number(found.covered[kind] / n, 2),
         found.wrong[kind])
        for kind, n in sorted(found.marked.items())
    ]  # fmt: skip
    head = ("Trace", "marquées", "trouvées", "bornes exactes", "masquées en entier", "à tort")
    yield table(head, rows)
    over = found.masked / max(1, found.words)
    yield (
        f"Mots masqués à tort : {number(found.masked)} sur {number(found.words)} "
        f"({percent(over, 2)})."
    )


def _cost(measured: Measured) -> Iterator[str]:
    cost = measured.cost
    rows = [
        ("le modèle, par son socket", *_times(cost.parse)),
        ("la chaîne entière", *_times(cost.chain)),
        ("la chaîne entière, 20 000 caractères", *_times(cost.long)),
    ]
    yield table(("Durée d'un texte, à chaud (ms)", "médiane", "p95", "p99"), rows)
    before, after, long = (number(one) for one in cost.memory)
    took = measured.training
    trained = f"Entraînement depuis rien : {number(took)} s. " if took is not None else ""
    yield (
        f"{trained}Démarrage du serveur : {number(measured.start, 1)} s. Modèle : "
        f"{number(measured.model_size / 2**20, 1)} Mio. Mémoire du serveur : {before} Mio à "
        f"chaud, {after} après {number(MANY)} textes, {long} après {LONG_ONES} textes de 20 000 "
        "caractères (dont il voit les 1 000 premiers)."
    )


def _times(times: Times) -> tuple[str, ...]:
    return tuple(number(times.at(share), 1) for share in (0.5, 0.95, 0.99))


def _image(name: str) -> str:
    return f"images/{name}"
