"""LISEZ-MOI.txt: what is in an export, in words, for whoever opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from exports.confidentiality import LICENCES, K, Profile
from exports.leaving.filters import FRENCH
from exports.manifest import Manifest
from exports.packages import Package

NAME = "LISEZ-MOI.txt"
RAW = frozenset({"csv", "data-package"})  # a cell may begin like a formula
FOR_WHOM = {
    Profile.INTERNAL: "Pour l'équipe seulement : ces fichiers contiennent les mots exacts des "
    "personnes. Ne les transmettez pas.",
    Profile.PARTNER: "Pour un partenaire : les textes sont masqués, et seules les réponses "
    "permises par le questionnaire y sont. Ne les publiez pas.",
    Profile.PUBLIC: "À publier : seulement ce que l'équipe a publié. Un texte n'y est que si la "
    f"personne accepte d'être citée. Ce que moins de {K} personnes partagent est remplacé par "
    "« Autre ou non dit ».",
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
    "pas_publiee": "contributions retirées : l'équipe ne les publie plus",
    "sans_citation": "textes retirés : la personne n'accepte plus d'être citée",
    "texte_change": "textes retirés : changés ou masqués depuis",
}

HIDDEN_SINCE = "contributions retirées : masquées par l'équipe"  # published: nothing stays
COLUMNS = {"profil": "Profil", "sujet": "Sujet", "pour_qui": "Pour qui"}


def note(manifest: Manifest, packages: Sequence[Package]) -> str:
    """The text, CRLF so that any editor shows its lines."""
    return "\r\n".join(_lines(manifest, packages)) + "\r\n"


def _lines(manifest: Manifest, packages: Sequence[Package]) -> Iterator[str]:
    counts, taken = manifest.counts, manifest.snapshot.taken

    def about(count: int) -> str:
        """As much as the profile lets be known."""
        told = manifest.count(count)
        return f"environ {told}" if manifest.profile is Profile.PUBLIC and count >= K else str(told)

    yield f"Export du profil « {manifest.profile} »"
    yield ""
    yield FOR_WHOM[manifest.profile]
    yield f"Licence : {LICENCES[manifest.profile]}."
    yield ""
    yield f"Instantané {manifest.snapshot.id}, pris le {taken:%d/%m/%Y à %H:%M} (temps universel)."
    if manifest.erased:
        yield (
            f"Depuis, {about(manifest.erased)} participations de cet instantané ont été effacées : "
            "elles ne sont plus dans ces fichiers."
        )
    for why, count in sorted(counts.since.items()):
        published = manifest.profile is Profile.PUBLIC
        said = HIDDEN_SINCE if why == "masquee" and published else SINCE[why]
        yield f"Depuis, {about(count)} {said}."
    for name, value in manifest.filters.chosen.items():
        yield f"Filtre, {FRENCH[name]} : {value}."
    yield ""
    yield f"Participations : {counts.statuses.total()}."
    for why, count in sorted(counts.withheld.items()):
        yield f"  {about(count)} n'y sont pas : {WHY[why]}."
    yield f"Contributions : {counts.contributions}."
    for why, count in sorted(counts.absent.items()):
        if count:
            yield f"  {about(count)} n'y sont pas : {WHY[why]}."
    for why, count in sorted(counts.wordless.items()):
        yield f"  {about(count)} y sont sans leur texte : {WHY[why]}."
    if manifest.profile is Profile.PUBLIC:
        if counts.unused:
            yield f"Thèmes : {counts.unused} n'y sont pas, donnés à aucun texte publié."
        yield from _groups(manifest, about)
    yield ""
    for package in packages:
        yield f"{package.name}/ : {package.title}"
        if package.name in RAW:
            yield (
                "  Pour des programmes : les mots y sont tels quels, une formule aussi. "
                "N'y double-cliquez pas. Pour un tableur, prenez csv-excel ou xlsx."
            )
    yield ""
    if manifest.warnings:
        yield "À savoir avant de lire :"
        for warned in manifest.warnings:
            yield f"  {warned.said}"
        yield ""
    yield "manifest.json compte tout et donne l'empreinte SHA-256 de chaque fichier."


def _groups(manifest: Manifest, about: Callable[[int], str]) -> Iterator[str]:
    """What is hidden so that nobody is alone."""
    cost = manifest.counts.cost
    if cost.smallest is None:
        return
    yield ""
    if cost.smallest < K:
        yield (
            f"Un questionnaire a moins de {K} personnes : rien de leur profil n'est montré. "
            "Relisez avant de publier."
        )
    else:
        yield f"Ce qui est montré est partagé par {cost.smallest} personnes au moins."
    for name, said in cost.said.items():
        if cost.withheld[name]:
            hidden = about(cost.withheld[name])
            yield f"  {COLUMNS[name]} : {hidden} sur {about(said)} en « Autre ou non dit »."
