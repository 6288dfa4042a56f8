"""Everything that can go wrong, in one tree.

ParoleError
├── GuideError          a guide file cannot be used: where, what is wrong, what to change
├── SettingsError       a setting cannot be used: which one, and a value that works
├── UnderstandingError  the language model cannot be reached or answers nonsense
├── StorageError        the database cannot be used
│   ├── DatabaseBusy    locked or away for now: try the same message again
│   │   ├── DatabaseFull  no room left on its disk
│   │   │   └── RoomMade  the reserve was given up for this: the same call works now
│   │   ├── NoRoom        little room left: nobody new begins, who is there goes on
│   │   └── DatabaseClash  two wrote the same at once: the next try sees the first
│   └── DatabaseUnfit   absent, read-only, of another version, or closed by another key
│       └── DatabaseDamaged  something stored is damaged: the rest may be well
├── TranscriptionError  a voice message cannot be written down
├── StaffError          an account of the desk cannot be made or changed
├── ExportError         an export cannot be made: why, and what to choose instead
├── CurationError       a decision on a contribution cannot be kept: why, and what to do instead
│   └── Overtaken       somebody decided in between: look again
├── CodebookError       a theme or a coded passage cannot be kept: why, and what to do instead
├── TooFast             one person sends more in a minute than the ceiling: wait, then send again
├── UnknownConversation no conversation behind this token
│   └── MovedConversation no longer at this door: it goes on where its return code was used
├── ErasedConversation  there was one, and the person had it erased
└── SendingError        a channel did not take a reply
    ├── TryLater        the channel asks to wait, or did not answer
    └── Blocked         the person no longer wants our messages
"""

from __future__ import annotations

import traceback


class ParoleError(Exception):
    """Any error of ours. Its text is a French sentence for staff, without personal words."""


class GuideError(ParoleError):
    """A guide cannot be used."""

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__(f"{where} : {problem}. {remedy}")
        self.where, self.problem, self.remedy = where, problem, remedy


class SettingsError(ParoleError):
    """A setting cannot be used."""

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        super().__init__(f"{name} : {problem}. {remedy}")


class UnderstandingError(ParoleError):
    """The language model cannot be reached or answers nonsense."""


class StorageError(ParoleError):
    """The database cannot be used."""


class DatabaseBusy(StorageError):
    """Locked or away for now: the same message may be sent again."""


class DatabaseFull(DatabaseBusy):
    """No room left on its disk."""


class RoomMade(DatabaseFull):
    """Something was to be erased, and the reserve was given up for it: the same call works now."""


class NoRoom(DatabaseBusy):
    """Little room left: nobody new begins. Who is there may go on, and erase."""


class DatabaseClash(DatabaseBusy):
    """Two wrote the same at once: the next try sees the first. Always, if the rows are wrong."""


class DatabaseUnfit(StorageError):
    """Absent, read-only, of another version, or closed by another key."""


class DatabaseDamaged(DatabaseUnfit):
    """Something stored cannot be read: damaged, or closed by another key. The rest may be well."""


class TranscriptionError(ParoleError):
    """A voice message cannot be written down."""


class StaffError(ParoleError):
    """An account of the desk cannot be made or changed."""


class ExportError(ParoleError):
    """An export cannot be made."""


class CurationError(ParoleError):
    """A decision on a contribution cannot be kept."""


class Overtaken(CurationError):
    """Somebody decided in between: look again."""


class CodebookError(ParoleError):
    """A theme or a coded passage cannot be kept."""


class TooFast(ParoleError):
    """One person sends more in a minute than the ceiling: wait `after` seconds, send again."""

    def __init__(self, after: float) -> None:
        super().__init__(f"à renvoyer dans {after:.0f} s")
        self.after = after


class UnknownConversation(ParoleError):
    """No conversation behind this token."""


class MovedConversation(UnknownConversation):
    """It goes on at another door, where its return code was used."""


class ErasedConversation(ParoleError):
    """There was a conversation, and the person had it erased."""


class SendingError(ParoleError):
    """A channel did not take a reply."""


class TryLater(SendingError):
    """The channel asks to wait `after` seconds; `maybe_sent` when it may have taken the reply."""

    def __init__(self, after: float, *, maybe_sent: bool = False) -> None:
        super().__init__(f"à renvoyer dans {after:g} s")
        self.after, self.maybe_sent = after, maybe_sent


class Blocked(SendingError):
    """The person no longer wants our messages."""


def place_of(error: BaseException) -> str:
    """The kind of an error and the line that raised it; its text may quote the person."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} {frames[-1].name}:{frames[-1].lineno}"


def of_one(error: ParoleError) -> bool:
    """Whether it is about one person or one message only, and will not pass by itself."""
    if isinstance(error, DatabaseClash | DatabaseDamaged):
        return True
    return not isinstance(error, DatabaseBusy | DatabaseUnfit | TryLater)
