"""What became of everything in an imported file, in French, one fact a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from exports.refi.tally import Tally

ASIDE: Mapping[str, str] = {
    "Variable": "variables",
    "VariableValue": "valeurs de variables",
    "Case": "cas",
    "Set": "ensembles",
    "Link": "liens",
    "Graph": "schémas",
    "Description": "descriptions de textes ou du projet",
}


def lines(tally: Tally) -> Iterator[str]:
    """Nothing of the file is left out."""
    yield f"Thèmes : {tally.codes} dans le fichier, dont {tally.codes_new} nouveaux ici."
    for ours, theirs in tally.renamed:
        yield f"Thème « {theirs} » du fichier : il garde ici son nom, « {ours} »."
    if tally.redefined:
        yield f"Définitions différentes dans le fichier : {tally.redefined}. Celles d'ici restent."
    yield f"Textes : {tally.texts} dans le fichier, {tally.texts_known} reconnus."
    if tally.texts_other_ends:
        yield f"  dont {tally.texts_other_ends} avec d'autres fins de ligne (CRLF ou BOM)."
    yield from _refused(tally.texts_refused, "refusés")
    yield (
        f"Passages codés : {tally.passages} dans le fichier, {tally.kept} gardés, "
        f"{tally.already} déjà là."
    )
    yield from _refused(tally.refused, "refusés")
    if tally.bare:
        yield f"Passages sans thème, rien à garder : {tally.bare}."
    if tally.notes:
        yield (
            f"Notes : {tally.notes} dans le fichier, {tally.notes_kept} gardées, "
            f"{tally.notes_already} sur un passage qui en avait déjà une."
        )
        yield from _refused(tally.notes_refused, "laissées de côté")
    if tally.read:
        yield (
            f"Textes lus sans rien à coder : {tally.read} dans le fichier, "
            f"{tally.read_kept} gardés, {tally.read_already} déjà là."
        )
        yield from _refused(tally.read_refused, "refusés")
    if tally.aside.total():
        yield "Laissé de côté, Parole n'a pas de place pour cela :"
        for name, count in sorted(tally.aside.items()):
            said = ASIDE.get(name, f"éléments « {name[:40]} »")
            if count:
                yield f"  {count} {said}."


def _refused(reasons: Counter[str], how: str) -> Iterator[str]:
    for reason, count in sorted(reasons.items()):
        if count:
            yield f"  {how} : {count}, {reason}."
