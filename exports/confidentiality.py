"""The three confidentiality profiles, chosen before any format, and what each lets leave."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from exports.columns import Coded


class Profile(StrEnum):
    """Who an export is for."""

    INTERNAL = "interne"  # the organiser's team: everything, exact words included
    PARTNER = "partenaire"  # under agreement: masked words, one broad profile answer
    PUBLIC = "public"  # published: what staff published, quoted with consent, k-checked


OTHER = Coded("autre_ou_non_dit", "Autre ou non dit")  # what too few persons share, published
K = 5  # how many persons must share what is shown of each (public profile)
LICENCES: Mapping[Profile, str] = {
    Profile.INTERNAL: "Usage interne, ne pas diffuser",
    Profile.PARTNER: "Usage réservé au partenaire, ne pas diffuser",
    Profile.PUBLIC: "Licence Ouverte 2.0 (etalab-2.0)",
}


class Rule(StrEnum):
    """How much of a field leaves."""

    WHOLE = "entier"
    MASKED = "masqué"
    COARSE = "réduit"
    WITHHELD = "retenu"


_PLACES = {profile: place for place, profile in enumerate(Profile)}


class Said(NamedTuple):
    """What a field is, and its rule in `interne`, `partenaire` and `public`."""

    meaning: str
    rules: tuple[Rule, Rule, Rule]

    def rule(self, profile: Profile) -> Rule:
        return self.rules[_PLACES[profile]]


_W, _M, _C, _NO = Rule.WHOLE, Rule.MASKED, Rule.COARSE, Rule.WITHHELD

FIELDS: Mapping[str, Said] = {
    "reference": Said("Numéro de la contribution", (_W, _W, _M)),
    "kind": Said("Sorte : expérience ou proposition", (_W, _W, _W)),
    "participation": Said("Référence de la participation", (_W, _M, _M)),
    "guide": Said("Questionnaire", (_W, _W, _W)),
    "version": Said("Version du questionnaire", (_W, _W, _NO)),
    "round": Said("Tour", (_W, _W, _W)),
    "made_on": Said("Jour", (_W, _W, _NO)),
    "text": Said("Texte", (_W, _M, _M)),
    "title": Said("Titre", (_W, _M, _M)),
    "topic": Said("Sujet", (_W, _M, _C)),
    "public": Said("Pour qui", (_W, _M, _C)),
    "profile": Said("Profil", (_W, _C, _C)),
    "consents": Said("Accords", (_W, _W, _NO)),
    "channel": Said("Canal", (_W, _W, _NO)),
    "origin": Said("Origine", (_W, _NO, _NO)),
    "helped": Said("Qui répond : seul, avec de l'aide", (_W, _NO, _NO)),
    "helped_by": Said("Fonction de qui aide", (_W, _NO, _NO)),
    "language": Said("Langue", (_W, _W, _NO)),
    "provenance": Said("Comment les mots sont venus", (_W, _W, _NO)),
    "masking": Said("Choix sur le masquage", (_W, _NO, _NO)),
    "complete": Said("Finie et relue", (_W, _W, _W)),
    "decision": Said("Décision de l'équipe", (_W, _W, _W)),
    "reason": Said("Raison de la décision", (_W, _W, _NO)),
    "merged_into": Said("Contribution qui dit la même chose", (_W, _W, _M)),
    "codings": Said("Passages codés", (_W, _C, _C)),
    "as_typed": Said("Texte exact", (_W, _NO, _NO)),
    "title_as_typed": Said("Titre exact", (_W, _NO, _NO)),
    "confirmed": Said("Texte confirmé par l'équipe", (_W, _W, _NO)),
    "short": Said("Titre, sujet et « pour qui » relus par l'équipe", (_W, _NO, _NO)),
    "readings": Said("Lue sans rien à coder", (_W, _C, _C)),
    "agreed_on": Said("Jours des accords", (_W, _W, _NO)),
}  # fmt: skip
