"""A mapping: the sheet that another platform wants, as staff write it in a file of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Names
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from exports.confidentiality import Profile
from exports.fusion.sources import LABELS, PROFILE, SOURCES, field_of, known

Loc = tuple[int | str, ...]
Trouble = tuple[Loc, str, str]  # where in the file, what is wrong, what to change
SEPARATORS = {"tabulation": "\t"}
LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
CODECS = {"utf-8": "utf-8", "windows-1252": "cp1252"}
SAFE_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$"
Header = Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Written(BaseModel):
    """Anything written in a mapping: frozen, and nothing unknown is let through."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)


class Column(Written):
    """One column of the sheet: what is written at its head, and where its cells come from."""

    name: Header = Field(alias="nom", description="Le titre de la colonne, au signe près.")
    source: str | None = Field(
        None, description="Ce que la colonne prend de la contribution : " + ", ".join(
            f"{name} ({one.meaning})" for name, one in SOURCES.items()
        ) + f", {PROFILE}ETAPE (une réponse du profil). Ajoutez « {LABELS} » pour le libellé.",
    )  # fmt: skip
    fallback: str | None = Field(
        None, alias="a_defaut", description="Une autre source, quand la première est vide."
    )
    constant: StrictStr | None = Field(
        None, alias="constante", description="Le même texte à chaque ligne, à la place de source."
    )
    values: dict[StrictStr, StrictStr] = Field(
        {}, alias="valeurs", description="Ce qu'on écrit à la place de chaque valeur."
    )
    otherwise: StrictStr | None = Field(
        None, alias="sinon",
        description="Ce qu'on écrit pour une valeur absente de « valeurs ». "
        "Par défaut : la valeur elle-même.",
    )  # fmt: skip
    date: Literal["JJ/MM/AAAA", "AAAA-MM-JJ"] = Field(
        "AAAA-MM-JJ", description="Comment on écrit un jour."
    )
    breaks: Literal["garder", "espace", "br"] = Field(
        "garder", alias="sauts_de_ligne",
        description="Les retours à la ligne : gardés, remplacés par une espace, ou par <br>.",
    )  # fmt: skip
    html: bool = Field(
        False,
        description="La plateforme lit ce texte comme du HTML : « < », « > » et « & » sont écrits "
        "de façon à rester des signes.",
    )
    longest: int | None = Field(
        None, alias="longueur", ge=1, description="Le nombre de signes possible."
    )
    too_long: Literal["couper", "refuser", "garder"] = Field(
        "refuser", alias="si_trop_long",
        description="Un texte plus long est coupé, sa ligne est refusée, ou il est gardé entier. "
        "Dans tous les cas, il est compté.",
    )  # fmt: skip
    required: bool = Field(
        False, alias="obligatoire", description="Une ligne où cette case est vide est refusée."
    )
    hint: StrictStr = Field(
        "", alias="aide", max_length=300,
        description="Ce que l'équipe doit savoir pour compléter cette colonne.",
    )  # fmt: skip

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(one for one in (self.source, self.fallback) if one)


class Mapping(Written):
    """The whole sheet."""

    target: Header = Field(alias="cible", description="À quoi sert ce fichier, en quelques mots.")
    file: str = Field(
        "plateforme", alias="fichier", pattern=SAFE_NAME,
        description="Le nom du fichier, sans « .csv ».",
    )  # fmt: skip
    publishes: bool = Field(
        False, alias="publie",
        description="La cible publie ce qu'elle reçoit : seul le profil « public » est permis.",
    )  # fmt: skip
    kind: Literal["experience", "proposal"] | None = Field(
        None, alias="seulement", description="Une seule sorte de contribution."
    )
    separator: Literal[";", ",", "|", "tabulation"] = Field(
        ";", alias="separateur", description="Ce qui sépare les colonnes."
    )
    encoding: Literal["utf-8", "windows-1252"] = Field(
        "utf-8", alias="encodage", description="L'encodage des lettres."
    )
    bom: bool = Field(
        True, description="Une marque au début du fichier, pour Excel (utf-8 seulement)."
    )
    line_end: Literal["crlf", "lf"] = Field(
        "crlf", alias="fin_de_ligne", description="La fin de chaque ligne."
    )
    rows: int | None = Field(
        None, alias="lignes_par_fichier", ge=1, le=1_000_000,
        description="Au-delà, un autre fichier est commencé. Par défaut : un seul fichier.",
    )  # fmt: skip
    emojis: Literal["garder", "retirer"] = Field(
        "garder", description="Les emojis sont gardés, ou retirés et comptés."
    )
    formulas: Literal["neutraliser", "laisser"] = Field(
        "neutraliser", alias="formules",
        description="Une apostrophe devant ce qu'un tableur prendrait pour une formule. "
        "« laisser » : pour un programme qui importe, jamais pour un tableur.",
    )  # fmt: skip
    unlike: tuple[str, ...] = Field(
        (),
        alias="doublons",
        description="Les colonnes qui, ensemble, ne peuvent pas être deux fois les mêmes.",
    )
    twice: Literal["numeroter", "refuser"] = Field(
        "refuser", alias="si_doublon",
        description="La seconde ligne est refusée, ou la première de ces colonnes reçoit « (2) ».",
    )  # fmt: skip
    columns: tuple[Column, ...] = Field(
        alias="colonnes", min_length=1, max_length=200,
        description="Les colonnes, dans l'ordre voulu par la cible.",
    )  # fmt: skip

    @property
    def to_fill(self) -> tuple[Column, ...]:
        """The columns that staff have to complete before the sheet can be made."""
        return tuple(
            one for one in self.columns
            if one.required and one.constant is not None and not one.constant.strip()
        )  # fmt: skip

    def filled(self, values: Names[str, str]) -> Mapping:
        """The same, with what staff wrote in the columns to complete."""
        waiting = {one.name for one in self.to_fill}
        columns = tuple(
            one.model_copy(update={"constant": values[one.name].strip()})
            if one.name in waiting and one.name in values else one
            for one in self.columns
        )  # fmt: skip
        return self.model_copy(update={"columns": columns})

    @property
    def profiles(self) -> tuple[Profile, ...]:
        return (Profile.PUBLIC,) if self.publishes else tuple(Profile)

    @property
    def delimiter(self) -> str:
        return SEPARATORS.get(self.separator, self.separator)

    @property
    def codec(self) -> str:
        return CODECS[self.encoding]

    @property
    def ending(self) -> str:
        return LINE_ENDS[self.line_end]


def troubles(mapping: Mapping) -> Iterator[Trouble]:
    """What each line says alone, but not with the others; the first one is told."""
    names: set[str] = set()
    for n, column in enumerate(mapping.columns):
        here: Loc = ("colonnes", n)
        if column.name in names:
            yield (
                (*here, "nom"), f"la colonne « {column.name} » est écrite deux fois",
                "Donnez un autre nom à l'une des deux.",
            )  # fmt: skip
        names.add(column.name)
        yield from _of_column(column, here)
    for n, name in enumerate(mapping.unlike):
        if name not in names:
            yield (
                ("doublons", n), f"il n'y a pas de colonne « {name} »",
                f"Choisissez parmi : {', '.join(sorted(names))}.",
            )  # fmt: skip
    if mapping.bom and mapping.encoding != "utf-8" and "bom" in mapping.model_fields_set:
        yield ("bom",), "« bom » n'existe qu'en utf-8", "Écrivez « bom: false »."


def _of_column(column: Column, here: Loc) -> Iterator[Trouble]:
    if (column.source is None) == (column.constant is None):
        yield (
            here, f"la colonne « {column.name} » doit avoir « source » ou « constante »",
            "Gardez l'une des deux. Pour une colonne vide : « constante: \"\" ».",
        )  # fmt: skip
    for key, path in (("source", column.source), ("a_defaut", column.fallback)):
        if path is not None and not known(path):
            yield (
                (*here, key), f"la source « {path} » n'existe pas",
                f"Possibles : {', '.join(SOURCES)}, {PROFILE}ETAPE.",
            )  # fmt: skip
    if column.required and column.constant is not None and not column.constant.strip():
        yield (
            (*here, "constante"), f"la colonne « {column.name} » est à compléter",
            "Écrivez entre les guillemets ce que la plateforme attend.",
        )  # fmt: skip
    if "date" in column.model_fields_set and "made_on" not in map(field_of, column.paths):
        yield (*here, "date"), "« date » ne sert qu'à la source « jour »", "Retirez cette ligne."
    if "too_long" in column.model_fields_set and column.longest is None:
        yield (
            (*here, "si_trop_long"), "« si_trop_long » demande « longueur »",
            "Ajoutez « longueur: … ».",
        )  # fmt: skip
