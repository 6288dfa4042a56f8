"""The command line in French: its help pages, and what it says of a line it cannot read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from typer import Context, TyperException
from typer.core import TyperCommand, TyperGroup

# Typer writes these few words in English; everything else on a help page is ours.
WORDS = (
    ("Usage: ", "Emploi : "),
    ("[OPTIONS] COMMAND [ARGS]...", "COMMANDE [OPTIONS]"),
    ("\nArguments:\n", "\nArguments :\n"),
    ("\nOptions:\n", "\nOptions :\n"),
    ("\nCommands:\n", "\nCommandes :\n"),
    ("Show this message and exit.", "Affiche cette aide."),
    ("[required]", "[obligatoire]"),
    ("[default: ", "[par défaut : "),
)
SAID = (
    (r"No such command '(.*)'\..*", "La commande « {0} » n'existe pas"),
    (r"Missing command\.", "Il manque une commande"),
    (r"Option '(.*)' requires .*", "L'option {0} attend une valeur"),
    (r"Option '(.*)' does not take a value\.", "L'option {0} ne prend pas de valeur"),
    (r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)\.?", "Il y a des mots de trop : {0}"),
)


class Group(TyperGroup):
    """The list of commands, with its help in French."""

    def get_help(self, ctx: Any) -> str:
        return in_french(super().get_help(ctx))


class Command(TyperCommand):
    """One command, with its help in French."""

    def get_help(self, ctx: Any) -> str:
        return in_french(super().get_help(ctx))


def in_french(page: str) -> str:
    for theirs, ours in WORDS:
        page = page.replace(theirs, ours)
    return page


def problem(error: TyperException) -> str:
    """What is wrong with the command line, and where to look."""
    ctx: Context | None = getattr(error, "ctx", None)
    where = f"{ctx.command_path} --help" if ctx else "parole --help"
    return f"{_what(error)}. Voyez : {where}"


def told(error: Exception, typed: Sequence[str]) -> str:
    """An error's sentence; a command that it gives is for the folder that was typed."""
    sentence = str(error)
    folder = [after for one, after in pairwise(typed) if one == "--data"]
    folder += [one.removeprefix("--data=") for one in typed if one.startswith("--data=")]
    if folder and sentence.endswith(" parole migrate"):
        return f"{sentence} --data {shlex.quote(folder[-1])}"
    return sentence


def _what(error: TyperException) -> str:
    kind, param = type(error).__name__, getattr(error, "param", None)
    if kind == "NoSuchOption":
        name = str(getattr(error, "option_name", ""))
        near = get_close_matches(name, getattr(error, "possibilities", None) or (), n=1)
        unknown = f"L'option {name} n'existe pas"
        return f"{unknown}, mais {near[0]} existe" if near else unknown
    if param is not None:
        is_option = param.param_type_name == "option"
        name = str(param.opts[0]) if is_option else str(param.name).upper()
        missing = kind == "MissingParameter"
        return f"Il manque {name}" if missing else f"{name} : cette valeur ne convient pas"
    for pattern, ours in SAID:
        if found := re.fullmatch(pattern, error.message, re.DOTALL):
            return ours.format(*found.groups())
    return "Cette ligne de commande ne se comprend pas"
