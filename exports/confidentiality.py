"""The three confidentiality profiles, chosen before any format."""

from __future__ import annotations

from enum import StrEnum


class Profile(StrEnum):
    """Who an export is for."""

    INTERNAL = "interne"  # the organiser's team: everything, exact words included
    PARTNER = "partenaire"  # under agreement: masked words, one broad profile answer
    PUBLIC = "public"  # published: what staff published, quoted with consent, k-checked


K = 5  # how many persons must share what is shown of each (public profile)
