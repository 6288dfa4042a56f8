"""Keys become sentences: the assistant's own from `sentences/`, the rest from the guide."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from bot.emergencies import arranged
from bot.errors import SettingsError
from bot.guide import Guide, Open, ReadBack
from bot.model import Choice, Reply, Said
from bot.quoting import spoken
from bot.yaml_reading import read

SENTENCES = Path(str(resources.files("bot") / "sentences"))
OTHERWISE = "en"  # for a language that is recognised and has no sentence
PLACEHOLDER = re.compile(r"\{(\w+)\}")
LAST_QUESTION = re.compile(r"(.*[.?!:»…])\s+([^.?!]*\?)", re.DOTALL)
FROM_THE_GUIDE = ("ask", "say", "why", "example", "reminder", "probe")
QUOTED = frozenset({"list", "before", "what"})  # values where our own keys may stand


def read_sentences(name: str = "fr") -> dict[str, str]:
    """Every sentence of `sentences/NAME.yml`, by its dotted key."""
    written = read((SENTENCES / f"{name}.yml").read_text("utf-8"))
    return dict(_flat(written, ""))


@cache
def foreign_sentences() -> Mapping[str, str]:
    """What is said once to those who write in another language, by its ISO 639-1 code."""
    return read_sentences("languages")


def _flat(written: Mapping[str, object], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in written.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}".removesuffix(".said"), str(value).strip()))
    return found


class Wording:
    """Says replies in French. `facts` are the organiser's texts, by placeholder."""

    def __init__(self, sentences: Mapping[str, str], facts: Mapping[str, str]) -> None:
        self.sentences, self.facts, self.foreign = sentences, facts, foreign_sentences()
        unknown = {
            name
            for sentence in sentences.values()
            for name in PLACEHOLDER.findall(sentence)
            if name not in facts and name not in VALUES
        }
        if unknown:
            raise SettingsError("sentences", f"{{{min(unknown)}}} est inconnu", "Corrigez le nom.")

    def missing(self, reference: Mapping[str, str]) -> list[str]:
        """The keys of `reference` that have no sentence here."""
        return sorted(set(reference) - set(self.sentences))

    def say(self, reply: Reply, guide: Guide) -> Said:
        """The words and buttons of one reply."""
        choices = tuple(Choice(self.label(c.label), c.value) for c in reply.choices)
        if reply.key == "language":
            return self._foreign(reply.values["language"], choices)
        return Said(self._text(reply, guide), choices)

    def _foreign(self, code: str, choices: tuple[Choice, ...]) -> Said:
        """The one sentence of another language; in English when there is none in this one."""
        code = code if code in self.foreign else OTHERWISE
        return Said(self.foreign[code], choices, code)

    def label(self, written: str) -> str:
        """What a button says."""
        return spelled(self.sentences, written)

    def _text(self, reply: Reply, guide: Guide) -> str:
        family = reply.key.partition(".")[0]
        if family not in FROM_THE_GUIDE or reply.spot is None:
            return self._own(reply, guide)
        step = guide.step(reply.spot)
        if family == "why":
            return self._fill(step.why or self.sentences["why.general"], reply.values)
        if family == "example":
            return self._fill(self.sentences["example"], {"example": step.example or ""})
        if family in ("reminder", "probe"):
            written = getattr(step, family) if isinstance(step, Open) else None
            return self._fill(written or "", reply.values)
        simpler = reply.key.endswith(".simpler") and step.simpler
        question = self._fill(simpler or step.question, reply.values)
        if isinstance(step, ReadBack):  # the question last, beside its buttons
            found = LAST_QUESTION.fullmatch(question)
            first, last = found.groups() if found else ("", question)
            paragraphs = [first, self._fill("{list}", reply.values), last]
        elif step.sensitive and step.why and family == "ask":
            paragraphs = [question, self._fill(step.why, reply.values)]
        else:
            paragraphs = [question]
        return "\n\n".join(one for one in paragraphs if one)

    def _own(self, reply: Reply, guide: Guide) -> str:
        """A sentence of ours, and what the guide has to add to it."""
        if reply.key == "status" and guide.status:
            return self._fill(guide.status, reply.values)
        values = dict(reply.values)
        if reply.key == "back_to_question" and reply.spot:
            step = guide.step(reply.spot)
            values["question"] = self._fill(step.simpler or step.question, reply.values)
        if kind := values.pop("danger", None):
            short = reply.key != "danger"
            values["emergency"] = arranged(self.facts["emergency"], kind, short=short)
        said = self._fill(self.sentences[reply.key], values)
        if reply.key == "ask_who" and guide.about:
            return f"{said}\n\n{self._fill(guide.about, reply.values)}"
        return said

    def _fill(self, sentence: str, values: Mapping[str, str]) -> str:
        known = {**self.facts, **values}

        def put(found: re.Match[str]) -> str:
            name = found.group(1)
            value = known.get(name, "")
            if name not in QUOTED:
                return value
            return spoken(value, lambda key: self.sentences.get(key, key))

        return PLACEHOLDER.sub(put, sentence)


def spelled(sentences: Mapping[str, str], written: str) -> str:
    """A button's label in words; "@key rest" is one of ours, and `rest` its {name}."""
    if not written.startswith("@"):
        return written
    key, _, name = written[1:].partition(" ")
    sentence = sentences.get(f"button.{key}")
    return sentence.replace("{name}", name) if sentence else written


VALUES = frozenset({
    "label", "list", "before", "what", "count", "name", "reference", "example", "at_most",
    "at_least", "length", "question", "words",
})  # fmt: skip
