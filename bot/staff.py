"""Who works at the desk, and what is written of it in the journal. Frozen nouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

PAROLE = "parole"  # who did what no member of staff did


class Role(StrEnum):
    """What an account may do. The values are typed on the command line."""

    READING = "lecture"
    MODERATION = "moderation"
    EXPORT = "export"
    ADMINISTRATION = "administration"


GUARDED = frozenset({Role.EXPORT, Role.ADMINISTRATION})  # only with a second factor


class Act(StrEnum):
    """What the journal tells."""

    SIGN_IN = "sign_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGN_OUT = "sign_out"
    SIGN_OUT_EVERYWHERE = "sign_out_everywhere"
    SESSION_CLOSED = "session_closed"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CLOSED = "account_closed"
    ROLES_CHANGED = "roles_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SECOND_FACTOR_SET = "second_factor_set"
    CONTRIBUTION_READ = "contribution_read"
    TRANSCRIPT_READ = "transcript_read"
    DECIDED = "decided"
    MERGED = "merged"
    KEPT_APART = "kept_apart"
    TEXT_CONFIRMED = "text_confirmed"
    CODEBOOK_CHANGED = "codebook_changed"
    CODED = "coded"
    TARGETS_CHANGED = "targets_changed"
    SNAPSHOT_TAKEN = "snapshot_taken"
    SNAPSHOT_DELETED = "snapshot_deleted"
    EXPORT_ASKED = "export_asked"
    EXPORT_MADE = "export_made"
    EXPORT_TAKEN = "export_taken"
    IMPORTED = "imported"
    MAPPING_CHANGED = "mapping_changed"
    COMPARED = "compared"
    MATCHED = "matched"
    ERASURE = "erasure"
    LETTER_REPLAYED = "letter_replayed"
    LETTER_DISCARDED = "letter_discarded"
    PURGED = "purged"
    BACKED_UP = "backed_up"
    RESTORED = "restored"
    KEY_ROTATED = "key_rotated"
    OLD_KEY_DESTROYED = "old_key_destroyed"


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff."""

    id: str
    login: str
    roles: frozenset[Role]
    password: str = field(repr=False)  # argon2id
    second_factor: bool  # whether one is set
    active: bool
    created_on: date


@dataclass(frozen=True, slots=True)
class Seat:
    """A member of staff signed in with one browser."""

    account: Account
    csrf: str = field(repr=False)
    second_factor: bool  # it was given at sign-in
    waiting: bool  # the password was right, the code is still to come
    begun: datetime
    id: str  # of the session; opens nothing

    @property
    def roles(self) -> frozenset[Role]:
        """What may be done now: nothing guarded without the second factor."""
        if self.waiting:
            return frozenset()
        return self.account.roles if self.second_factor else self.account.roles - GUARDED


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which somebody is signed in."""

    id: str  # opens nothing
    begun: datetime
    seen: datetime
    second_factor: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal."""

    id: int
    at: str  # RFC 3339, UTC, to the second
    who: str
    what: str
    about: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Chain:
    """What reading the whole journal again found."""

    lines: int
    last: str  # the hash of the last line: written down elsewhere, it proves nothing was cut
    broken: int | None = None  # the first line that does not follow from the one before
