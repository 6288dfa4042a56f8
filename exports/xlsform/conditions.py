"""The conditions of a guide, as XLSForm writes them in `relevant`."""

from __future__ import annotations

from collections.abc import Callable

from bot.conditions import SIGNS, TOKEN

Referred = Callable[[str], str]  # a step: how the form names its answer
Several = Callable[[str], bool]  # whether a step takes several choices


def relevant(condition: str, referred: Referred, several: Several) -> str:
    """A condition that the guide's own parser has accepted."""
    reading = _Reading(condition, referred, several)
    return reading.either()


class _Reading:
    def __init__(self, condition: str, referred: Referred, several: Several) -> None:
        self._left = TOKEN.findall(condition)
        self._referred, self._several = referred, several

    def either(self) -> str:
        return self._joined("or", self._both)

    def _both(self) -> str:
        return self._joined("and", self._test)

    def _joined(self, word: str, part: Callable[[], str]) -> str:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else "(" + f" {word} ".join(parts) + ")"

    def _test(self) -> str:
        if self._take("not"):
            return f"not({self._test()})"
        if self._take("("):
            inner = self.either()
            self._take(")")
            return inner
        step = self._left.pop(0)
        if self._take("answered"):
            return f"{self._referred(step)} != ''"
        if self._take("in"):
            values = []
            while not self._take("]"):
                if self._left[0] in ("[", ","):
                    self._left.pop(0)
                else:
                    values.append(self._equals(step, self._left.pop(0)))
            return "(" + " or ".join(values) + ")"
        sign = self._left.pop(0)
        assert sign in SIGNS  # noqa: S101 - the guide was read
        value = self._left.pop(0)
        if sign == "=":
            return self._equals(step, value)
        if sign == "!=":
            return f"not({self._equals(step, value)})"
        return f"{self._referred(step)} {sign} {value}"

    def _equals(self, step: str, value: str) -> str:
        if self._several(step):
            return f"selected({self._referred(step)}, '{value}')"
        return f"{self._referred(step)} = '{value}'"

    def _take(self, word: str) -> bool:
        if self._left and self._left[0] == word:
            self._left.pop(0)
            return True
        return False
