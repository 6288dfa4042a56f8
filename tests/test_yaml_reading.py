"""libyaml and PyYAML alone read the same guides, and refuse the same files at the same line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from walks import FILES

from bot.wording import SENTENCES
from bot.yaml_reading import ExactWords, Fast, FastWords, composed, read
from nlu.lexicons import LOADER, lexicon

WRITTEN = (*FILES, *sorted(SENTENCES.glob("*.yml")))
DEEP = {
    "brackets": "[" * 5_000,
    "dashes": "- " * 5_000,
    "braces": "{a: " * 5_000,
    "lines": "\n".join(" " * level + "a:" for level in range(1_500)),
}
BROKEN = ("a: [1", "a: 1\n b: 2", "a:\n\t- b", "a: 'x", "*x", "a: &b 1\nb: *c", "? [a]\n: b\n- c")


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.name)
def test_the_same_file_says_the_same(file: Path) -> None:
    source = file.read_text("utf-8")
    assert read(source, words=True) == yaml.load(source, Loader=ExactWords)
    assert read(source) == yaml.safe_load(source)
    exact = yaml.compose(source, Loader=ExactWords)
    assert list(lines(composed(source, words=True))) == list(lines(exact))
    assert list(lines(yaml.compose(source, Loader=FastWords))) == list(lines(exact))


def lines(node: yaml.Node | None) -> list[tuple[str, int]]:
    """Every node, with its line: what a refusal of a guide points at."""
    assert node is not None
    found = [(node.tag, node.start_mark.line)]
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        for one in child if isinstance(child, tuple) else (child,):
            found += lines(one)
    return found


@pytest.mark.parametrize("shape", DEEP)
def test_too_many_levels_are_refused_and_nothing_breaks(shape: str) -> None:
    with pytest.raises(RecursionError):
        composed(DEEP[shape])


def place(reader: Callable[[], object]) -> int | None:
    with pytest.raises(yaml.MarkedYAMLError) as refused:
        reader()
    mark = refused.value.problem_mark
    return mark.line if mark else None


@pytest.mark.parametrize("source", BROKEN)
def test_a_broken_file_is_refused_at_the_same_line(source: str) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml.load(source, Loader=Fast)
    exact = place(lambda: yaml.load(source, Loader=ExactWords))
    assert place(lambda: read(source, words=True)) == exact


def test_nothing_but_plain_values_is_made() -> None:
    for loader in (Fast, FastWords, ExactWords):
        with pytest.raises(yaml.constructor.ConstructorError):
            yaml.load("!!python/object/apply:os.getcwd []", Loader=loader)


@pytest.mark.parametrize("name", ["distress", "publics"])
def test_a_lexicon_is_read_whole(name: str) -> None:
    file = Path("nlu") / f"{name}.yml"
    assert lexicon(file) == yaml.safe_load(file.read_text("utf-8"))
    assert LOADER is yaml.CSafeLoader, "PyYAML comes without libyaml: everything starts slower"
