"""When a step is asked: a small expression over earlier answers, read by a parser of its own.

    condition  = clause { "or" clause }            clause = test { "and" test }
    test       = "not" test | "(" condition ")" | step "answered"
               | step ("=" | "!=" | "<" | "<=" | ">" | ">=") value
               | step "in" "[" value { "," value } "]"

A step without an answer equals nothing: `=` and `in` do not hold, `!=` does. For a step with
several choices, `=` holds when the value is among those chosen. `<` and its like compare numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Values = Callable[[str], tuple[str, ...] | None]  # codes answered at a step; None: not answered
TOKEN = re.compile(r"<=|>=|!=|[=<>()\[\],]|[\w-]+")
PIECE = re.compile(rf"{TOKEN.pattern}|(\S)")  # a token, or what is none
SIGNS = ("=", "!=", "<", "<=", ">", ">=")
RESERVED = frozenset({"and", "or", "not", "in", "answered"})
WHOLE = re.compile(r"-?[0-9]{1,9}")


class ConditionError(ValueError):
    """The expression cannot be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A readable expression: whether it holds, which (step, value) pairs and numbers it names."""

    holds: Callable[[Values], bool]
    names: tuple[tuple[str, str | None], ...]
    numbers: tuple[str, ...] = ()  # the steps compared with `<` and its like


def parse(written: str) -> Condition:
    """Raises ConditionError with the first thing that cannot be read."""
    reading = _Reading(written)
    condition = reading.condition()
    if reading.left:
        raise ConditionError(f"« {reading.left[0]} » n'est pas attendu ici")
    return condition


class _Reading:
    def __init__(self, written: str) -> None:
        self.left = list(_tokens(written))

    def take(self, *wanted: str) -> str | None:
        if self.left and (not wanted or self.left[0] in wanted):
            return self.left.pop(0)
        return None

    def need(self, what: str, *wanted: str) -> str:
        if (token := self.take(*wanted)) is None:
            found = f"« {self.left[0]} »" if self.left else "la fin"
            raise ConditionError(f"{what} est attendu, et on trouve {found}")
        return token

    def condition(self) -> Condition:
        clauses = [self.clause()]
        while self.take("or"):
            clauses.append(self.clause())
        return _joined(any, clauses)

    def clause(self) -> Condition:
        tests = [self.test()]
        while self.take("and"):
            tests.append(self.test())
        return _joined(all, tests)

    def test(self) -> Condition:
        if self.take("not"):
            inner = self.test()
            return Condition(lambda values: not inner.holds(values), inner.names, inner.numbers)
        if self.take("("):
            inner = self.condition()
            self.need("« ) »", ")")
            return inner
        return self.comparison(self.word("le nom d'une étape"))

    def comparison(self, step: str) -> Condition:
        if self.take("answered"):
            return Condition(lambda values: values(step) is not None, ((step, None),))
        if self.take("in"):
            self.need("« [ »", "[")
            wanted = [self.word("une valeur")]
            while self.take(","):
                wanted.append(self.word("une valeur"))
            self.need("« ] »", "]")
            return Condition(
                lambda values: bool(set(values(step) or ()) & set(wanted)),
                tuple((step, value) for value in wanted),
            )
        sign = self.need("« = », « != », « < », « > », « in » ou « answered »", *SIGNS)
        value = self.word("une valeur")
        if sign == "=":
            return Condition(lambda values: value in (values(step) or ()), ((step, value),))
        if sign == "!=":
            return Condition(lambda values: value not in (values(step) or ()), ((step, value),))
        if not WHOLE.fullmatch(value):
            raise ConditionError(f"« {sign} » demande un nombre, et on trouve « {value} »")
        than = int(value)
        return Condition(
            lambda values: _compares(values(step), sign, than), ((step, None),), (step,)
        )

    def word(self, what: str) -> str:
        if self.left and re.fullmatch(r"[\w-]+", self.left[0]):
            return self.left.pop(0)
        return self.need(what, "\0")


def _tokens(written: str) -> Iterator[str]:
    for found in PIECE.finditer(written):
        if found[1]:
            raise ConditionError(f"« {found[1]} » n'a pas de sens ici")
        yield found[0]


def _joined(how: Callable[[Iterator[bool]], bool], parts: list[Condition]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    return Condition(
        lambda values: how(part.holds(values) for part in parts),
        tuple(name for part in parts for name in part.names),
        tuple(step for part in parts for step in part.numbers),
    )


def _compares(values: tuple[str, ...] | None, sign: str, than: int) -> bool:
    if not values or not WHOLE.fullmatch(values[0]):
        return False
    number = int(values[0])
    return {
        "<": number < than,
        "<=": number <= than,
        ">": number > than,
        ">=": number >= than,
    }[sign]
