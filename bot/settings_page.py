"""The settings as staff read them: `.env.example` and the table of `docs/operate.md`."""

from __future__ import annotations

import json
import re
import sys

from pydantic.fields import FieldInfo

from bot.settings import REMEDIES, Settings, is_to_write, variable


def example() -> str:
    """The text of `.env.example`."""
    lines = [
        "# Réglages de Parole. Copiez ce fichier sous le nom « .env »,",
        "# puis enlevez le « # » devant les lignes à changer.",
        "# Ce fichier est écrit par : .venv/bin/python -m bot.settings_page > .env.example",
    ]
    for name, field in Settings.model_fields.items():
        value = str(field.examples[0]) if field.examples else ""
        quoted = f"'{value}'" if re.search(r"[\s#\"]", value) else value
        lines += ["", f"# {field.description}", f"# Par défaut : {_default(name, field)}"]
        if not field.examples:
            lines.append(f"# {REMEDIES[name]}")
        lines.append(f"# {variable(name)}={quoted}")
    return "\n".join(lines) + "\n"


def table() -> str:
    """The table of `docs/operate.md`."""
    lines = ["| Réglage | À quoi il sert | Par défaut |", "|---|---|---|"]
    lines += [
        f"| `{variable(name)}` | {field.description} | {_default(name, field)} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(lines) + "\n"


def _default(name: str, field: FieldInfo) -> str:
    if is_to_write(name):
        return f"{field.default or '(vide)'} (à changer avant d’ouvrir au public)"
    if isinstance(field.default, dict):
        return json.dumps(field.default, ensure_ascii=False)
    return "(vide)" if field.default in (None, "") else str(field.default)


def main() -> None:
    """Print `.env.example`, or the table when asked for `table`."""
    sys.stdout.write(table() if sys.argv[1:] == ["table"] else example())


if __name__ == "__main__":
    main()
