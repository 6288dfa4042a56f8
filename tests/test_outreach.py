"""The table of origins: who came through which link, small numbers hidden."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.guide_file import bundled, read_guide
from bot.model import Answer, Conversation, Participation, Spot, State
from exports.outreach import NOBODY, counted, lines
from exports.small_numbers import HIDDEN, shown, shown_together
from tests.serving import parole

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
GUIDE = next(
    guide for guide in (read_guide(f.read_text("utf-8"), f.name) for f in bundled())
    if guide.guide == "cese-2022"
)  # fmt: skip


def came(origin: str | None, public: str | None, status: str, agreed: str = "yes") -> Participation:
    """Someone who came through this link."""
    talk = Conversation("c", "AAAA-AAAA", GUIDE.guide, GUIDE.version, "web", NOON, origin=origin)
    given = dict.fromkeys(GUIDE.required_consents, (agreed,)) | {"age": ("yes",)}
    if public:
        given["public"] = (public,)
    answers = {Spot(step): Answer(State.ANSWERED, NOON, values) for step, values in given.items()}
    return Participation(replace(talk, answers=answers), (), status, NOON.date())


def table(*people: Participation) -> list[str]:
    guides = {(GUIDE.guide, GUIDE.version): GUIDE}
    return [" ".join(line.split()) for line in lines(counted(people, guides))]


def test_origins_are_counted_by_public() -> None:
    said = table(
        *[came("lille", "professionnel", "finished")] * 7,
        *[came("lille", "etudiant", "open")] * 6,
        *[came(None, None, "open")] * 3,
        *[came("roubaix", "etudiant", "finished", agreed="no")] * 9,
    )
    assert said[2:9] == [
        "Origine Commencées Terminées",
        "lille 13 7",
        "Je suis professionnel ou professionnelle 7 7",
        "Je suis étudiant ou étudiante du social 6 0",
        "roubaix 9 9",
        "Non dit 9 9",  # not without an agreement
        "(sans lien) < 5 0",
    ]
    missing = next(line for line in said if line.startswith("Personne encore"))
    assert "formateur" in missing
    assert "étudiant" not in missing


def test_small_numbers_are_hidden() -> None:
    assert [shown(count) for count in (0, 1, 4, 5)] == ["0", "< 5", "< 5", "5"]
    assert shown_together([9, 1, 6, 0]) == ["9", "< 5", HIDDEN, "0"]
    assert shown_together([9, 1, 2]) == ["9", "< 5", "< 5"]
    assert shown_together([3, 0]) == ["< 5", "0"]


def test_nobody_yet(tmp_path: Path) -> None:
    assert table() == [NOBODY]
    parole("migrate", data_dir=tmp_path)
    ended = parole("origins", data_dir=tmp_path)
    assert (ended.returncode, ended.stdout.strip()) == (0, NOBODY)
