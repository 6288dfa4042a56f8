"""A small consultation and the people who answered it, built by hand for the export tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from bot.guide import Guide
from bot.guide_file import read_guide
from bot.model import Answer, Contribution, Conversation, Part, Participation, Spot, State

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
      - {id: quoted, kind: consent, question: "Pouvons-nous vous citer ?", version: v1}
  - id: vous
    title: Vous
    steps:
      - {id: place, kind: place, question: "Où habitez-vous ?", name: Département}
      - {id: age, kind: number, question: "Quel âge avez-vous ?", unit: ans}
      - id: uses
        kind: choices
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
