"""A small consultation and the people who answered it, built by hand for the export tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from bot.curated import Code, Curated, Curation, Decision, Snapshot
from bot.guide import Guide
from bot.guide_file import read_guide
from bot.model import Answer, Contribution, Conversation, Part, Participation, Spot, State
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.leaving.filters import Filters
from exports.leaving.outgoing import Outgoing, outgoing
from exports.manifest import Manifest, Warned, Written
from exports.packages import Package
from exports.packages_list import chosen
from exports.packing import pack
from exports.records import Record

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SECRETS = ("conversation-secret-1", "sender-secret-1", "message-secret-1")
GUIDE = read_guide(
    """
guide: jardins-2026
version: "1"
title: Les jardins de la ville
sections:
  - id: accueil
    title: Bienvenue
    steps:
      - {id: hello, kind: information, question: Bonjour.}
      - id: privacy
        kind: consent
        question: "Gardons-nous vos réponses ?"
        version: v2
        required: true
      - id: quoted
        kind: consent
        question: "Pouvons-nous vous citer ?"
        version: v1
        allows: [quote]
  - id: vous
    title: Vous
    steps:
      - {id: place, kind: place, question: "Où habitez-vous ?", name: Département}
      - {id: age, kind: number, question: "Quel âge avez-vous ?", unit: ans}
      - id: uses
        kind: choices
        leaves: [partner, public]
        question: "Que faites-vous au jardin ?"
        name: Usages
        choices:
          - {value: walk, label: Marcher}
          - {value: rest, label: "= Dormir"}
          - {value: play, label: Jouer}
      - {id: tenant, kind: yes_no, question: "Êtes-vous locataire ?"}
      - {id: rent, kind: number, question: "Depuis combien d'années ?", if: tenant = yes}
  - id: idee
    title: Votre idée
    repeat: {again: again, at_most: 3}
    contributions:
      - {kind: proposal, text: idea, title: headline, topic: theme, public: whom}
    steps:
      - id: theme
        kind: choice
        question: "Sur quoi ?"
        choices:
          - {value: water, label: "L'eau"}
          - {value: shade, label: "L'ombre"}
      - {id: idea, kind: open, question: "Quelle est votre idée ?"}
      - {id: whom, kind: open, question: "Pour qui ?"}
      - {id: headline, kind: open, question: "Un titre ?", several: false}
      - {id: check, kind: read_back, question: "C'est bien ça ?", of: [idea, headline]}
      - {id: again, kind: yes_no, question: "Une autre idée ?"}
""",
    "jardins.yml",
)
GUIDES: Mapping[tuple[str, str], Guide] = {(GUIDE.guide, GUIDE.version): GUIDE}


def said(*texts: str, draft: bool = False, language: str | None = None) -> Answer:
    """Words in one or several messages."""
    parts = tuple(Part(f"message-secret-1-{n}", text, language) for n, text in enumerate(texts))
    return Answer(State.ANSWERED, NOON, parts=parts, draft=draft)


def chose(*pairs: tuple[str, str], version: str | None = None, words: str = "") -> Answer:
    """Codes and their labels."""
    codes, labels = zip(*pairs, strict=True)
    parts = (Part("message-secret-1", words),) if words else ()
    return Answer(State.ANSWERED, NOON, codes, labels, parts, version=version)


AGREED = {Spot("privacy"): chose(("yes", "Oui"), version="v2")}


def participation(
    answers: Mapping[Spot, Answer],
    contributions: tuple[Contribution, ...] = (),
    reference: str = "K7QF-3M2P",
    status: str = "finished",
    origin: str | None = None,
) -> Participation:
    talk = Conversation(
        id="conversation-secret-1", reference=reference, guide=GUIDE.guide,
        version=GUIDE.version, channel="web", started=NOON, origin=origin,
        answers={**AGREED, **answers},
    )  # fmt: skip
    return Participation(talk, contributions, status, date(2026, 3, 5))


YES = ("yes", "Oui")
CONSENTED = {
    Spot("privacy"): chose(YES, version="v2"),
    Spot("quoted"): chose(("no", "Non"), version="v1"),
}
CAMILLE = participation(
    {
        **CONSENTED,
        Spot("place"): chose(("01", "Ain"), words="dans l'Ain"),
        Spot("age"): Answer(State.REFUSED, NOON),
        Spot("uses"): chose(("rest", "= Dormir"), ("play", "Jouer")),
        Spot("tenant"): Answer(State.SKIPPED, NOON),
        Spot("theme"): chose(("water", "L'eau")),
        Spot("idea"): said("De l'eau ;\n« fraîche »", '=1+1, "partout" 👩🏽‍🏫', language="fr"),
        Spot("headline"): said("L'eau d'abord"),
        Spot("check"): chose(YES),
        Spot("again"): chose(YES),
        Spot("idea", 1): said("De l'ombre", draft=True),
    },
    (
        Contribution("P-000001", "proposal", 0, date(2026, 3, 4)),
        Contribution("P-000002", "proposal", 1, date(2026, 3, 5)),
    ),
    origin="affiche",
)
SILENT = participation({}, reference="W2RD-9XKE", status="open")


def everyone() -> Iterator[Participation]:
    yield CAMILLE
    yield SILENT


def idea(*texts: str, reference: str = "K7QF-3M2P") -> Participation:
    """Somebody whose idea is these words, and nothing else."""
    return participation(
        {**CONSENTED, Spot("idea"): said(*texts)},
        (Contribution("P-000001", "proposal", 0, date(2026, 3, 4)),),
        reference,
    )


# --- snapshots, as formats read them ---

CODEBOOK = (
    Code("c1", "Eau", "Tout ce qui parle d'eau.", "#1144aa"),
    Code("c2", "Eau > Fontaines", "", "#1144aa", parent="c1"),
)


@dataclass(frozen=True)
class Held:
    """A snapshot in memory: an `exports.source.Source`."""

    people: Iterable[Curated]
    snapshot: Snapshot
    guides: Mapping[tuple[str, str], Guide] = field(default_factory=lambda: GUIDES)
    now: Mapping[str, Curated] = field(default_factory=dict)  # by reference, who changed since

    def curated(self) -> Iterator[Curated]:
        yield from self.people

    def beside_now(self, *, changed: bool = False) -> Iterator[tuple[Curated, Curated | None]]:
        for one in self.people:
            now = self.now.get(one.participation.conversation.reference)
            if now or not changed:
                yield one, now


def held(*people: Participation, decision: Decision = Decision.PUBLISHED, **more: Curation) -> Held:
    """These participations, each contribution decided so; `P_000001=Curation(…)` for one of them.

    Two of them may not have the same contribution.
    """
    given = {name.replace("_", "-"): one for name, one in more.items()}
    curated = tuple(
        Curated(
            one,
            {
                c.reference: given.get(c.reference, Curation(c.reference, decision))
                for c in one.contributions
            },
        )
        for one in people
    )
    snapshot = Snapshot("snap-1", NOON, "alix", len(people), "0" * 64, CODEBOOK, b"salt")
    return Held(curated, snapshot)


def crowd(
    uses: Mapping[str, int], text: str = "De l'eau", *, first: int = 1, quoted: str = "yes"
) -> list[Participation]:
    """As many people as said for each use of the garden, one proposal each."""
    people: list[Participation] = []
    labels = {"walk": "Marcher", "rest": "= Dormir", "play": "Jouer"}
    for use, count in uses.items():
        for _ in range(count):
            n = first + len(people)
            answers = {
                Spot("privacy"): chose(("yes", "Oui"), version="v2"),
                Spot("quoted"): chose((quoted, quoted), version="v1"),
                Spot("place"): chose(("01", "Ain")),
                Spot("theme"): chose(("water", "L'eau")),
                Spot("idea"): said(f"{text} {n}", language="fr"),
                Spot("check"): chose(("yes", "Oui")),
                Spot("again"): chose(("no", "Non")),
            }
            if use in labels:
                answers[Spot("uses")] = chose((use, labels[use]))
            made = (Contribution(f"P-{n:06d}", "proposal", 0, date(2026, 3, 4)),)
            one = participation(answers, made, reference=f"REF-{n:05d}")
            talk = replace(one.conversation, id=f"conversation-secret-{n}")
            people.append(replace(one, conversation=talk))
    return people


def records(source: Held, profile: Profile, folder: Path, **filters: str) -> list[Record]:
    """What leaves of a snapshot in this profile."""
    with outgoing(source, profile, Filters.read(filters), folder) as leaving:
        return list(leaving.records())


def written(
    package: Package,
    source: Held,
    profile: Profile,
    folder: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[tuple[Written, ...], list[Warned], Outgoing]:
    """The files of one format in this folder, and what their reader has to know."""
    with outgoing(source, profile, Filters(), folder) as leaving:
        files = Folder(folder / package.name)
        warned = list(package.write(files, leaving, profile, leaving.records, progress))
        return files.written(), warned, leaving


class Streamed:
    """People made as they are read, none kept in memory."""

    def __init__(
        self,
        people: Callable[[], Iterator[Participation]],
        decision: Decision = Decision.WAITING,
    ) -> None:
        self._people, self._decision = people, decision

    def __iter__(self) -> Iterator[Curated]:
        for one in self._people():
            names = [made.reference for made in one.contributions]
            yield Curated(one, {name: Curation(name, self._decision) for name in names})


def export(
    format: str,
    out: Path,
    people: Callable[[], Iterator[Participation]] = everyone,
    *,
    profile: Profile = Profile.INTERNAL,
    decision: Decision = Decision.WAITING,
    guides: Mapping[tuple[str, str], Guide] = GUIDES,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Manifest:
    """These people, not yet seen by staff, in one format: its files are in `out / format`."""
    count = sum(1 for _ in people())
    snapshot = Snapshot("snap-1", NOON, "alix", count, "0" * 64, CODEBOOK, b"salt")
    source = Held(Streamed(people, decision), snapshot, guides)
    packed = pack(
        source, chosen([format]), profile, Filters(), out,
        software="0.1.0", zipped=False, progress=progress,
    )  # fmt: skip
    return packed.manifest
