"""How the export pages name what they show."""

from __future__ import annotations

from collections.abc import Mapping

from bot.curated import Stage
from exports.confidentiality import Profile

PROFILES: Mapping[Profile, tuple[str, str]] = {
    Profile.INTERNAL: (
        "Interne : pour votre équipe",
        "Tout sort, avec les mots exacts. Ne transmettez jamais ces fichiers.",
    ),
    Profile.PARTNER: (
        "Partenaire : pour qui a signé un accord",
        "Des textes masqués, des références neuves, et seulement les réponses que le "
        "questionnaire permet.",
    ),
    Profile.PUBLIC: (
        "Public : à publier",
        "Seulement ce que l’équipe a publié. Le texte sort si la personne accepte d’être citée. "
        "Ce que moins de 5 personnes partagent devient « Autre ou non dit ».",
    ),
}

FOR_WHOM: Mapping[str, str] = {  # format: who it is for
    "xlsx": "pour lire, filtrer et trier dans un tableur",
    "csv-excel": "pour ouvrir dans Excel ou LibreOffice en français",
    "csv": "pour analyser avec R ou Python",
    "jsonl": "pour programmer",
    "archive": "pour garder tout, et le remettre dans une autre base",
    "fusion": "pour joindre à la feuille de la plateforme principale",
    "data-package": "pour publier en données ouvertes",
    "parquet": "pour analyser de gros fichiers avec R, Python ou DuckDB",
    "spss": "pour des statistiques avec SPSS ou PSPP",
    "ddi": "pour décrire l’enquête dans un catalogue",
    "refi-qda": "pour coder dans NVivo, MAXQDA, ATLAS.ti ou QualCoder",
    "qdc": "pour partager vos thèmes seuls",
    "iramuteq": "pour analyser les mots",
    "consult": "pour trouver des thèmes avec Consult ou ThemeFinder",
    "talk-to-the-city": "pour faire un rapport avec Talk to the City",
    "sensemaker": "pour résumer avec Sensemaker",
    "polis": "pour les outils qui lisent un rapport Polis",
    "grand-debat": "pour comparer avec les données du Grand Débat",
    "decidim": "pour importer des propositions dans Decidim",
    "xlsform": "pour poser les questions sans réseau, avec Kobo ou ODK",
}

STAGES: Mapping[Stage, str] = {
    Stage.LOOKING: "aperçu en cours",
    Stage.SEEN: "à confirmer",
    Stage.WAITING: "attend son tour",
    Stage.RUNNING: "en cours",
    Stage.DONE: "fait",
    Stage.FAILED: "échoué",
}

REASONS: Mapping[str, str] = {
    "refuse": "la personne refuse qu’on garde ses réponses",
    "pas_demande": "l’accord n’est pas encore donné",
    "filtre": "en dehors de vos filtres",
    "rien_a_publier": "rien à publier",
    "sans_accord": "sans accord pour garder les réponses",
    "corbeille": "mise à la corbeille par l’équipe",
    "pas_publiee": "pas publiée par l’équipe",
    "masquee": "masquée par l’équipe",
    "sans_citation": "la personne n’a pas accepté d’être citée",
    "rien_ecrit": "rien d’écrit",
    "change_depuis": "retirée ou changée depuis l’instantané",
}
