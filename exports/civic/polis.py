"""`polis`: the five files of a Polis report, with our contributions as its comments.

Parole has no votes: the files of votes have their header only. In Polis' own exports 1 is to agree
and -1 to disagree, the opposite of its database and of its API: whoever adds votes must keep that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time

from bot.curated import Decision
from exports.civic.plain import NUMBERS, Plain, Texts
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.on_disk.known import Known
from exports.records import Record
from exports.source import Leaving

COMMENTS, VOTES, VOTERS = "comments.csv", "votes.csv", "participant-votes.csv"
GROUPS, SUMMARY = "comment-groups.csv", "summary.csv"
NO_VOTES = "Parole n'a pas de votes : ce fichier a seulement sa ligne de titres."
DAY_OF_SNAPSHOT = "Le profil retient le jour : celui de l'instantané est écrit partout."
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MODERATED = {Decision.PUBLISHED: 1, Decision.WAITING: 0, Decision.HIDDEN: -1, Decision.BINNED: -1}


class Polis:
    """Comment and author ids are whole numbers from 0; a file says whose they are."""

    name, title, profiles = "polis", "Polis (sans votes)", tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,  # noqa: ARG002 - the records say it all
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        comments = Plain(
            folder, COMMENTS, "timestamp", "datetime", "comment-id", "author-id", "agrees",
            "disagrees", "moderated", "comment-body",
        )  # fmt: skip
        groups = Plain(
            folder, GROUPS, "comment-id", "comment", "total-votes", "total-agrees",
            "total-disagrees", "total-passes",
        )  # fmt: skip
        numbers = Plain(folder, NUMBERS, "comment-id", "author-id", "reference", "participation")
        authors = Known()
        texts, undated = Texts(COMMENTS), 0
        for count, record in enumerate(records(), start=1):
            progress(count)
            if not (text := texts.of(record)):
                continue
            number, author = comments.rows, authors.number(record.participation)
            undated += record.made_on is None
            day = record.made_on or source.snapshot.taken.astimezone(UTC).date()
            comments.row(*_moment(day), number, author, 0, 0, MODERATED[record.decision], text)
            groups.row(number, text, 0, 0, 0, 0)
            numbers.row(number, author, record.reference, record.participation)
        Plain(folder, VOTES, "timestamp", "datetime", "comment-id", "voter-id", "vote")
        voters = folder.open(VOTERS)
        voters.write(b"participant,group-id,n-comments,n-votes,n-agree,n-disagree")
        for number in range(comments.rows):  # a column for each comment
            voters.write(b",%d" % number)
        voters.write(b"\n")
        _write_summary(folder, source, comments.rows, len(authors))
        authors.close()
        yield from texts.warnings()
        yield from comments.warnings()
        yield from groups.warnings()
        yield Warned(VOTES, None, NO_VOTES, 1)
        yield Warned(VOTERS, None, NO_VOTES, 1)
        if undated:
            yield Warned(COMMENTS, "timestamp", DAY_OF_SNAPSHOT, undated)


def _write_summary(folder: Folder, source: Leaving, comments: int, commenters: int) -> None:
    """Lines of a name and a value; there is no header."""
    titles = dict.fromkeys(guide.title for guide in source.guides.values())
    summary = Plain(folder, SUMMARY, "topic", " · ".join(titles))
    for name, value in (
        ("url", ""), ("voters", 0), ("voters-in-conv", 0), ("commenters", commenters),
        ("comments", comments), ("groups", 0),
        ("conversation-description", f"Instantané {source.snapshot.id}"),
    ):  # fmt: skip
        summary.row(name, value)


def _moment(day: date) -> tuple[int, str]:
    """Seconds since 1970, and the same as JavaScript writes it."""
    seconds = int(datetime.combine(day, time(), UTC).timestamp())
    written = f"{DAYS[day.weekday()]} {MONTHS[day.month - 1]} {day:%d %Y} 00:00:00"
    return seconds, f"{written} GMT+0000 (Coordinated Universal Time)"
