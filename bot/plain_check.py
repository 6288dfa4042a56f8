"""What `parole check --plain` finds: each breach in its place, and the exceptions with a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.errors import GuideError
from bot.frequent import WORDS
from bot.plain import fold
from bot.plain_texts import Text
from bot.plainness import OF_A_MESSAGE, OF_A_SENTENCE, OF_A_TURN, Breach, breaches, rare, sentences
from bot.yaml_reading import read

EXCEPTIONS = WORDS / "exceptions.yml"
RULES = (*OF_A_SENTENCE, *OF_A_MESSAGE, *OF_A_TURN)


@dataclass(frozen=True, slots=True)
class Exceptions:
    """What is let through, by its reason: words, and (text, rule) pairs."""

    words: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.words) + len(self.texts)


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome: what was read, what breaks a rule, and what serves no more."""

    texts: int
    sentences: int
    breaches: tuple[tuple[Text, Breach], ...]
    unused: tuple[str, ...]


def read_exceptions(file: Path = EXCEPTIONS) -> Exceptions:
    """The exceptions of a file. Raises GuideError for one without a reason, or of no rule."""
    written = read(file.read_text("utf-8")) or {}
    words = {
        str(word): str(why or "").strip() for word, why in (written.get("words") or {}).items()
    }
    texts = {
        (str(one.get("text")), str(one.get("rule"))): str(one.get("why") or "").strip()
        for one in written.get("texts") or ()
    }
    for name, why in (*words.items(), *((f"{t}, {rule}", why) for (t, rule), why in texts.items())):
        if not why:
            problem = f"l'exception « {name} » n'a pas de raison"
            raise GuideError(file.name, problem, "Écrivez pourquoi le texte est bon ainsi.")
    for text, rule in texts:
        if rule not in RULES:
            problem = f"« {rule} » n'est pas une règle ({text})"
            raise GuideError(file.name, problem, f"Choisissez parmi : {', '.join(RULES)}.")
    return Exceptions(words, texts)


def checked(texts: Iterable[Text], exceptions: Exceptions) -> Checked:
    """Hold each text to the rules. An exception is used when it lets something through."""
    needed = {fold(word) for word in exceptions.words}
    used_words: set[str] = set()
    used_texts: set[tuple[str, str]] = set()
    found: list[tuple[Text, Breach]] = []
    count = said = 0
    for text in texts:
        count, said = count + 1, said + len(sentences(text.words))
        used_words |= needed & {fold(word) for word in rare(text.words, ())}
        asked = replace(text.asked, known=needed | set(text.asked.known))
        for breach in breaches(text.words, asked):
            place = (f"{text.file} {text.where}", breach.rule)
            if place in exceptions.texts:
                used_texts.add(place)
            else:
                found.append((text, breach))
    unused = [f"« {word} »" for word in exceptions.words if fold(word) not in used_words]
    unused += [f"{t}, {rule}" for t, rule in exceptions.texts if (t, rule) not in used_texts]
    return Checked(count, said, tuple(found), tuple(unused))


def told(outcome: Checked, own: Collection[str], *, strict: bool) -> Iterator[tuple[str, str]]:
    """« ✗ » or « ! », and what to change. A breach in an `own` file only warns, unless strict."""
    for text, breach in outcome.breaches:
        sign = "✗" if strict or text.file not in own else "!"
        line = f"ligne {text.line}, " if text.line else ""
        where = f"{text.file}, {line}{text.where}"
        said = f"{where} : {breach.problem} ({breach.rule})"
        yield sign, f"{said}\n    « {breach.sentence} »\n    → {breach.hint}"


def summary(outcome: Checked, exceptions: int) -> str:
    """One line: what was read, what is left to do."""
    left = len(outcome.breaches)
    ending = "s" if left > 1 else ""
    read = f"Français simple : {outcome.sentences} phrases de {outcome.texts} textes"
    kept = f"{exceptions} exceptions écrites, avec leur raison"
    return f"{read}, {left} point{ending} à reprendre, {kept}."
