"""Everything in an imported file, and what became of it: kept, there already, or refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

NOT_OURS = "ce texte n'est pas une contribution d'ici"
CHANGED = "le texte n'est plus le même que le nôtre"
LINE_ENDS = (
    "les fins de ligne du texte ont été changées (CRLF ou BOM) et rien ne dit comment sa place a "
    "été comptée"
)
OUTSIDE = "le passage est vide ou sort du texte"
NO_CODE = "le thème du passage n'est pas dans le livre de codes du fichier"
OTHER = "posé sur une image, un son ou un PDF"
ON_REFUSED = "sur un passage refusé"
KNOWN_CODE = "sur un thème déjà connu, qui garde sa définition d'ici"
TOO_LONG = "la note est trop longue"
NO_TEXT = "le texte lu n'est pas une contribution d'ici, ou n'est plus le même"


@dataclass(slots=True)
class Tally:
    """Everything that was in the file, and what became of it."""

    texts: int = 0
    texts_known: int = 0
    texts_other_ends: int = 0  # known, with CRLF or a BOM
    texts_refused: Counter[str] = field(default_factory=Counter)  # by reason
    codes: int = 0
    codes_new: int = 0
    renamed: list[tuple[str, str]] = field(default_factory=list)  # here, in the file
    redefined: int = 0  # known codes with another definition in the file
    passages: int = 0
    kept: int = 0
    already: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # passages, by reason
    notes: int = 0  # on passages, on codes, and those that are on nothing of ours
    notes_kept: int = 0
    notes_already: int = 0
    notes_refused: Counter[str] = field(default_factory=Counter)
    read: int = 0  # texts that a coder read with nothing to code
    read_kept: int = 0
    read_already: int = 0
    read_refused: Counter[str] = field(default_factory=Counter)
    bare: int = 0  # passages without a code: nothing to keep
    aside: Counter[str] = field(default_factory=Counter)  # elements without a home, by name
    places: list[str] = field(default_factory=list)  # references that got something

    @property
    def whole(self) -> bool:
        """Whether every text, code, passage and note is accounted for."""
        return (
            self.passages == self.kept + self.already + self.refused.total()
            and self.texts == self.texts_known + self.texts_refused.total()
            and self.notes == self.notes_kept + self.notes_already + self.notes_refused.total()
            and self.read == self.read_kept + self.read_already + self.read_refused.total()
        )
