"""Said at once, before the words are read as an answer: nothing is erased, « c'est quoi ? »."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.agreeing import agreed
from bot.asking import asked
from bot.choosing import exact_option, meant
from bot.flow import Scene, consented, digress
from bot.guide import Consent, OneChoice, Open, SeveralChoices
from bot.model import Turn
from bot.plain import fold
from bot.privacy import ask_privacy, worried
from bot.quoting import theirs
from bot.refraining import about_here, later, refrains

MEANS = re.compile(
    r"\b(?:(?:veut|veux|veu|ve|voulez) dire?|(?:c est|cest|ces|c) (?:quoi|koi|qoi)|"
    r"kesako|signifie|quel est le sens|comprends? pas|"
    r"difference entre)\b"
)
AROUND = frozenset({
    "quoi", "koi", "qoi", "ca", "sa", "ce", "que", "qu", "wesh", "alors", "mais", "en", "fait",
    "un", "une", "donc", "moi",
})  # fmt: skip


def said_first(scene: Scene) -> Turn | None:
    """The answer to such words; None when they are something else."""
    heard, talk = scene.heard, scene.talk
    if heard.exact or heard.choice:
        return None
    telling = talk.at is not None and isinstance(scene.guide.step(talk.at), Open)
    if (key := refrains(heard)) and (not telling or about_here(heard)):
        kept = consented(scene.guide, talk)
        return digress(scene, key if kept or key == "not_stopped" else "not_erased.nothing")
    if later(heard) and (not telling or "?" in heard.text):
        return ask_privacy(scene)
    return _who_reads(scene) or _explained(scene)


def _who_reads(scene: Scene) -> Turn | None:
    """« Oui mais mon éduc il voit pas, hein »: answered before the agreement is asked again."""
    at, heard = scene.talk.at, scene.heard
    if at is None or not isinstance(scene.guide.step(at), Consent) or not worried(heard):
        return None
    offered = asked(scene.guide, scene.talk, at).offered
    return None if agreed(offered, heard) else ask_privacy(scene)


def _explained(scene: Scene) -> Turn | None:
    """« Ça veut dire quoi, la place des gens ? »: what a choice means, and it is not chosen."""
    talk, heard = scene.talk, scene.heard
    if talk.at is None or not MEANS.search(fold(heard.text)):
        return None
    question = asked(scene.guide, talk, talk.at)
    step = question.step
    if not isinstance(step, OneChoice | SeveralChoices):
        return None
    if exact_option(question.offered, heard.text):
        return None
    words = (word for word in MEANS.sub(" ", fold(heard.text)).split() if word not in AROUND)
    named = replace(heard, text=" ".join(words), spelled="")
    found = meant(question.offered, named, None) or meant(question.offered, heard, None)
    if len(found) != 1:
        return None
    [option] = found
    told = option.means or option.simpler
    if told is None or fold(told) == fold(option.label):
        return digress(scene, "means.none")
    return digress(scene, "means", {"label": theirs(option.label), "what": theirs(told)})
