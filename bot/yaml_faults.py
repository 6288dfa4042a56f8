"""What is wrong in a file written by hand, said in French: what any model of ours may refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BROKEN = (
    "le fichier n'est pas du YAML lisible",
    "Vérifiez les retraits, les deux-points et les guillemets de cette ligne.",
)
TWICE = "est écrit deux fois au même endroit", "Gardez une seule des deux lignes."


def fault(kind: str, ctx: Mapping[str, Any], key: str) -> tuple[str, str] | None:
    """What is wrong, said after the key's name, and what to change; None: the file's own words.

    `kind` and `ctx` are those of an error of pydantic.
    """
    match kind:
        case "missing":
            return "manque", f"Ajoutez « {key}: … »."
        case "extra_forbidden":
            return "n'existe pas ici", "Corrigez le nom, ou retirez la ligne."
        case "bool_parsing" | "bool_type":
            return "doit être « true » ou « false »", "Corrigez la valeur."
        case "int_type" | "int_parsing" | "int_from_float":
            return "doit être un nombre entier", "Écrivez-le en chiffres, sans guillemets."
        case "greater_than_equal":
            return "est trop petit", f"Au moins {ctx['ge']}."
        case "less_than_equal":
            return "est trop grand", f"Au plus {ctx['le']}."
        case "string_type":
            return "doit être un texte", "Mettez la valeur entre guillemets."
        case "literal_error":
            expected = str(ctx["expected"]).replace("'", "").replace(" or ", " ou ")
            expected = expected.replace("True", "true").replace("False", "false")
            return "n'a pas une valeur permise", f"Possible : {expected}."
        case "tuple_type":
            return "doit être une liste", "Commencez chaque ligne par un tiret."
        case _:
            return None
