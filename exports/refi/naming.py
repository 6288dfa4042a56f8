"""How things are named in the two files of REFI-QDA 1.5: identifiers that stay, users, moments."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime

from bot.curated import Coding

OURS = uuid.uuid5(uuid.NAMESPACE_URL, "https://www.qdasoftware.org/parole")
PREFIXES = {"human": "humain:", "imported": "importe:"}  # of a user: where their coding comes from
PREFIX = re.compile("|".join(f"^{one}" for one in PREFIXES.values()))
NOTHING = "Rien à coder : "  # the name of a set: the texts that a coder read, without a theme
HEX = re.compile(r"[0-9a-f]{32}")


def guid(kind: str, *parts: str) -> str:
    """The same for the same thing, so that two exports merge."""
    return str(uuid.uuid5(OURS, "/".join((kind, *parts))))


def source_guid(guide: str, reference: str) -> str:
    return guid("contribution", guide, reference)


def code_guid(id: str) -> str:
    """A code's own id, which comes back as it left."""
    return str(uuid.UUID(id)) if HEX.fullmatch(id) else guid("code", id)


def nothing_set(user: str) -> dict[str, str]:
    """The set of the texts that this user read with nothing to code."""
    return {"guid": guid("nothing", user), "name": NOTHING + user}


def nothing_of(written: str, name: str) -> str | None:
    """The coder of such a set of ours, None for any other set."""
    user = name.removeprefix(NOTHING)
    ours = name.startswith(NOTHING) and written.strip("{}").lower() == guid("nothing", user)
    return coder_of(user) if ours else None


def user_name(coding: Coding) -> str:
    """A coder as a user of the project, so that a reader sees where a code comes from."""
    return PREFIXES.get(coding.origin, PREFIXES["human"]) + coding.coder


def coder_of(user: str) -> str:
    """The coder whom such a user stands for."""
    return PREFIX.sub("", user, count=1)


def moment(when: date | datetime) -> str:
    """As xsd:dateTime, in UTC."""
    if isinstance(when, datetime):
        return when.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"
    return f"{when.isoformat()}T00:00:00Z"
