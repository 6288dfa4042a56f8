"""YAML, split by libyaml: about 7 times as fast as PyYAML alone, and as safe with any file."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver


class Exact(yaml.SafeLoader):
    """PyYAML alone. Of a file that cannot be read, it says the right line."""


if yaml.__with_libyaml__:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class Fast(Composer, CParser, SafeConstructor, Resolver):
        """Composed by Python: too many levels must not break the C stack, as CSafeLoader's do."""

        def __init__(self, stream: str | bytes | IO[Any]) -> None:
            CParser.__init__(self, stream)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)

else:
    Fast = Exact  # type: ignore[assignment,misc]


class ExactWords(Exact):
    """Where only `true` and `false` are not texts: « yes », « no » and dates stay words."""

    yaml_implicit_resolvers = {  # noqa: RUF012  as PyYAML has it
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if not tag.endswith(":timestamp")
            and not (tag.endswith(":bool") and first not in "tTfF")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class FastWords(Fast):
    yaml_implicit_resolvers = ExactWords.yaml_implicit_resolvers


def read(source: str, *, words: bool = False) -> Any:
    """What is written; `words`: as in a guide. Raises YAMLError, ValueError, RecursionError."""
    return _first(yaml.load, source, words)


def composed(source: str, *, words: bool = False) -> yaml.Node | None:
    """The tree, with the line of each node. Raises as `read`."""
    node: yaml.Node | None = _first(yaml.compose, source, words)
    return node


def _first(reader: Callable[..., Any], source: str, words: bool) -> Any:
    try:
        return reader(source, Loader=FastWords if words else Fast)
    except yaml.YAMLError:
        return reader(source, Loader=ExactWords if words else Exact)


def written_twice(node: yaml.Node | None) -> yaml.ScalarNode | None:
    """The first key that its mapping already holds; YAML would silently keep the last one."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    return key
                seen.add(key.value)
            if (twice := written_twice(value)) is not None:
                return twice
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            if (twice := written_twice(child)) is not None:
                return twice
    return None


def line_of(node: yaml.Node | None, loc: tuple[str | int, ...]) -> int:
    """The line, from 1, of the deepest node that `loc` reaches."""
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            child = next((v for k, v in node.value if k.value == part), None)
            key = next((k for k, v in node.value if k.value == part), None)
            if child is None:
                break
            node = key if isinstance(child, yaml.ScalarNode) else child
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                break
            node = node.value[part]
    return node.start_mark.line + 1 if node is not None else 1
