"""French spaces in the sentences of the templates, never in what people wrote."""

from __future__ import annotations

import re

from jinja2.ext import Extension

BEFORE = re.compile(r" (?=[?!:;»](?:[\s.,)<]|$))")


class FrenchSpaces(Extension):
    """A « ? » never begins a line: done once, when a template is read."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        return BEFORE.sub("\u00a0", source).replace("« ", "«\u00a0")
