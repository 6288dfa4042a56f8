"""Who may read: the answers given, and what stays on this very phone."""

from __future__ import annotations

import re

from bot.flow import VISIBLE, Scene, digress
from bot.model import Choice, Heard, Turn
from bot.plain import fold

READERS = re.compile(
    r"\bqui (?:va |vont |peut |pourra )?(?:les |le |la )?(?:lit|lire|lira|lisent|voit|voir|"
    r"a acces|regarde|l a entre les mains)\b|\blue?s? par qui\b"
)
WORRIED = re.compile(
    r"\b(?:mon|ma|mes|notre|le|la|les|il|elle|ils|elles|on) (?:\w+ ){0,3}"
    r"(?:voit|voient|voie|verra|verront|voir|lit|lisent|lira|liront|lire|saura|sauront|savoir)\b"
)  # « mon éduc il voit pas, hein »
PHONE = re.compile(
    r"\b(?:mon|ma|mes|son|sa) (?:ex|mari|conjoint|conjointe|compagnon|copain|copine|femme|pere|"
    r"mere|parents|frere|soeur|fils|fille|enfants|famille|belle mere|beau pere|coloc|colocs)\b"
    r".{0,40}\b(?:voir|voit|voie|lire|lit|lise|savoir|trouver|tomber)\b|"
    r"\b(?:voir|voit|lire|lit)\b.{0,30}\b(?:telephone|portable|tel|mobile|ecran)\b|"
    r"\b(?:telephone|portable|tel|mobile|ecran)\b.{0,30}\b(?:voir|lire|lit|trouver)\b|"
    r"\bpersonne (?:ne )?(?:voie|voit|lise|sache|puisse)\b|"
    r"\b(?:effacer|supprimer|cacher|vider) (?:la discussion|l historique|les messages|cette page)\b"
)


def worried(heard: Heard) -> bool:
    """Whether somebody asks, of a text to agree to, if a person they know will read."""
    return WORRIED.search(fold(heard.text)) is not None


def ask_privacy(scene: Scene) -> Turn:
    """What becomes of the answers; or who reads them; or who may read this phone."""
    said = fold(scene.heard.text)
    if PHONE.search(said):
        return on_this_phone(scene)
    return digress(scene, "ask_privacy.readers" if READERS.search(said) or worried(scene.heard) else
                   "ask_privacy")  # fmt: skip


def on_this_phone(scene: Scene) -> Turn:
    """What whoever opens the phone can read, and the ways to close it."""
    visible = scene.talk.channel in VISIBLE
    ways = (
        Choice("@set_code", ":!set_code"),
        Choice("@danger_other", ":!danger_other"),
        Choice("@delete_my_data", ":!delete_my_data"),
    )
    return digress(scene, "phone.visible" if visible else "phone", choices=ways)
