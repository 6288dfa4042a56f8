"""Lets Rasa be imported without TensorFlow: import this before anything of Rasa.

Rasa names TensorFlow's classes while it is being imported, as bases and annotations, even when the
pipeline computes nothing with them. Each name becomes an empty class here; using one for real
fails aloud.
"""

from __future__ import annotations

import abc
import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any

ABSENT = ("tensorflow", "tensorflow_hub", "tensorflow_text", "keras", "jax")


class Hollow(abc.ABCMeta):
    """A class whose every attribute is another empty class."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return hollow(name)


def hollow(name: str) -> Any:
    """An empty class, good as a base, an annotation, a default or a decorator."""
    return Hollow(name, (), {"__module__": __name__, "__init__": _only_decorates})


def _only_decorates(_: Any, *given: Any, **options: Any) -> None:
    if options or not all(callable(thing) for thing in given):
        raise RuntimeError("TensorFlow is not installed: the pipeline must not need it")


class HollowModule(ModuleType):
    """A package that has whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return hollow(name)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, *_: Any) -> Any:
        if name.partition(".")[0] in ABSENT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> ModuleType:
        return HollowModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: the module is its names."""


sys.meta_path.append(Finder())
