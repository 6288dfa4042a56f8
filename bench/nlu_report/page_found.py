"""Of the page: what is found in a text, in which language it is, and what it all costs."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import number, table
from bench.nlu_report.aims import of, percent
from bench.nlu_report.cost import LONG_ONES, MANY, Times
from bench.nlu_report.entities import Fields
from bench.nlu_report.measured import Measured
from bench.understood import LanguageScore, PersonalScore
from bench.understood_profile import KINDS, Choices

FIELDS = {
    "public": "public", "job": "métier", "structure": "structure", "diploma": "diplôme",
    "department": "département", "length_of_service": "ancienneté", "since": "depuis (année)",
}  # fmt: skip
TRACES = {
    "name": "nom", "phone": "téléphone", "email": "courriel", "address": "adresse",
    "record": "numéro de dossier",
}  # fmt: skip


def fields(measured: Measured) -> Iterator[str]:
    for hand, found in measured.fields.items():
        yield f"### Profil : {hand}"
        yield _fields(found)
        yield f"Phrases dont tous les champs sont exacts : {of(found.whole, found.sentences)}."
    for hand, filled in measured.choices.items():
        yield f"### Choix : {hand}"
        yield (
            "Chaque phrase est tapée à la première question sur la personne, dans le guide "
            "`cese-2022`, par la chaîne entière et le vrai moteur."
        )
        yield _choices(filled)


def _fields(found: Fields) -> str:
    rows = [
        (FIELDS[kind], found.said[kind], found.right[kind],
         number(found.right[kind] / max(1, found.said[kind]), 2), found.invented[kind])
        for kind in KINDS
    ]  # fmt: skip
    total = (found.said.total(), found.right.total(), number(found.exact, 2),
             found.invented.total())  # fmt: skip
    return table(("Champ", "dits", "lus exactement", "part", "inventés"), [*rows, ("tous", *total)])


def _choices(found: Choices) -> str:
    rows = [
        (f"`{step}`", said, found.right[step], number(found.right[step] / max(1, said), 2),
         found.invented[step])
        for step, said in found.said.items()
    ]  # fmt: skip
    total = (found.said.total(), found.right.total(), number(found.exact, 2),
             found.invented.total())  # fmt: skip
    head = ("Question", "attendus", "remplis exactement", "part", "remplis à tort")
    return table(head, [*rows, ("toutes", *total)])


def language(measured: Measured) -> Iterator[str]:
    for hand, found in measured.language.items():
        yield f"### {hand.capitalize()}"
        yield from _language(found)


def _language(found: LanguageScore) -> Iterator[str]:
    names = {"fr": "français", "other": "autre langue"}
    rows = [
        (f"{names.get(group, 'trop court pour le dire')}, {words} mots",
         found.asked[group, words], found.right[group, words],
         number(found.right[group, words] / found.asked[group, words], 2))
        for group, words in sorted(found.asked)
    ]  # fmt: skip
    yield table(("Textes", "nombre", "justes", "part"), rows)
    yield f"« Pas du français » dit du français : {found.expelled} sur {found.french}."


def personal(measured: Measured) -> Iterator[str]:
    for hand, found in measured.personal.items():
        yield f"### {hand.capitalize()}"
        yield from _personal(found)


def _personal(found: PersonalScore) -> Iterator[str]:
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


def cost(measured: Measured) -> Iterator[str]:
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
