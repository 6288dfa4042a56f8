"""LISEZ-MOI.txt: what is in an export, in words, for whoever opens it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exports.confidentiality import LICENCES, K, Profile
from exports.filters import FRENCH
from exports.manifest import Manifest
from exports.packages import Package

NAME = "LISEZ-MOI.txt"
FOR_WHOM = {
    Profile.INTERNAL: "Pour l'équipe seulement : ces fichiers contiennent les mots exacts des "
    "personnes. Ne les transmettez pas.",
    Profile.PARTNER: "Pour un partenaire : les textes sont masqués, et seules les réponses "
    "permises par le questionnaire y sont. Ne les publiez pas.",
    Profile.PUBLIC: "À publier : seulement ce que l'équipe a publié. Un texte n'y est que si la "
    f"personne accepte d'être citée. Une réponse que moins de {K} personnes ont donnée est "
    "remplacée par « Autre ou non dit ».",
}
WHY = {
    "refuse": "sans accord pour garder les réponses",
    "pas_demande": "parties avant de donner leur accord",
    "filtre": "hors des filtres choisis",
    "rien_a_publier": "sans contribution publiée",
    "sans_accord": "d'une personne sans accord",
    "corbeille": "mises à la corbeille par l'équipe",
    "pas_publiee": "que l'équipe n'a pas publiées",
    "rien_ecrit": "sans texte écrit",
    "masquee": "masquées par l'équipe",
    "sans_citation": "dont la personne n'accepte pas d'être citée",
    "change_depuis": "ce n'est plus permis depuis l'instantané",
}
SINCE = {
    "accord_retire": "participations retirées : plus d'accord pour garder les réponses",
    "retiree": "contributions retirées : la personne les a enlevées",
    "corbeille": "contributions retirées : mises à la corbeille par l'équipe",
    "masquee": "textes retirés : masqués par l'équipe",
    "pas_publiee": "textes retirés : l'équipe ne les publie plus",
    "sans_citation": "textes retirés : la personne n'accepte plus d'être citée",
    "texte_change": "textes retirés : changés ou masqués depuis",
}


def note(manifest: Manifest, packages: Sequence[Package]) -> str:
    """The text, CRLF so that any editor shows its lines."""
    return "\r\n".join(_lines(manifest, packages)) + "\r\n"


def _lines(manifest: Manifest, packages: Sequence[Package]) -> Iterator[str]:
    counts, taken = manifest.counts, manifest.snapshot.taken
    yield f"Export du profil « {manifest.profile} »"
    yield ""
    yield FOR_WHOM[manifest.profile]
    yield f"Licence : {LICENCES[manifest.profile]}."
    yield ""
    yield f"Instantané {manifest.snapshot.id}, pris le {taken:%d/%m/%Y à %H:%M} (temps universel)."
    if manifest.erased:
        yield (
            f"Depuis, {manifest.erased} participations de cet instantané ont été effacées : "
            "elles ne sont plus dans ces fichiers."
        )
    for why, count in sorted(counts.since.items()):
        yield f"Depuis, {count} {SINCE[why]}."
    for name, value in manifest.filters.chosen.items():
        yield f"Filtre, {FRENCH[name]} : {value}."
    yield ""
    yield f"Participations : {counts.statuses.total()}."
    for why, count in sorted(counts.withheld.items()):
        yield f"  {count} n'y sont pas : {WHY[why]}."
    yield f"Contributions : {counts.contributions}."
    for why, count in sorted(counts.absent.items()):
        yield f"  {count} n'y sont pas : {WHY[why]}." if count else ""
    for why, count in sorted(counts.wordless.items()):
        yield f"  {count} y sont sans leur texte : {WHY[why]}."
    yield ""
    for package in packages:
        yield f"{package.name}/ : {package.title}"
    yield ""
    if manifest.warnings:
        yield "À savoir avant de lire :"
        for warned in manifest.warnings:
            where = f"{warned.file}, {warned.column}" if warned.column else warned.file
            yield f"  {where} : {warned.problem} ({warned.count} fois)."
        yield ""
    yield "manifest.json compte tout et donne l'empreinte SHA-256 de chaque fichier."
