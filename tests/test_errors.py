"""The tree of errors is the one that is drawn."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot import errors
from bot.errors import GuideError, ParoleError, SettingsError, TryLater

ROOT = Path(__file__).parents[1]


def drawn(text: str) -> dict[str, str | None]:
    """Each name of the drawing with the name it hangs from."""
    found: dict[str, str | None] = {}
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        if not (name := re.match(r"[│├└─ ]*([A-Z]\w+)(?:\s{2,}|$| an| no| there)", line)):
            continue
        depth = name.start(1)
        while above and above[-1][0] >= depth:
            above.pop()
        found[name[1]] = above[-1][1] if above else None
        above.append((depth, name[1]))
    return found


CLASSES = {n: c for n, c in vars(errors).items() if isinstance(c, type)}


def test_the_error_tree_is_the_one_drawn():
    real = {
        name: None if one is ParoleError else one.__bases__[0].__name__
        for name, one in CLASSES.items()
    }
    tree = (errors.__doc__ or "").partition("\n\n")[2]
    assert drawn(tree) == real


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_says_what_it_is(name):
    assert CLASSES[name].__doc__


def test_an_error_names_the_place_the_problem_and_the_remedy():
    said = str(GuideError("a.yml, ligne 3", "il manque un choix", "Ajoutez-le."))
    assert said == "a.yml, ligne 3 : il manque un choix. Ajoutez-le."
    assert str(SettingsError("PAROLE_X", "trop grand", "Par exemple 3.")) == (
        "PAROLE_X : trop grand. Par exemple 3."
    )
    assert str(TryLater(2.5)) == "à renvoyer dans 2.5 s"


def test_no_other_error_is_defined_in_what_thinks():
    """Refusals are values; the only exceptions of ours live in bot/errors.py."""
    for path in (ROOT / "bot").glob("*.py"):
        if path.name in ("errors.py", "conditions.py"):  # ConditionError becomes a GuideError
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert not any("Error" in ast.unparse(base) for base in node.bases), path.name
