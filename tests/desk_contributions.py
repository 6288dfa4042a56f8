"""People who said something, on the memory of a desk."""

from __future__ import annotations

from bot.model import Answer, Conversation, Event, Part, Reply, Spot, State, Turn
from nlu import personal
from storage.conversations import SqlStore
from tests.desk_service import Office
from tests.talks import NOON, coded

GUIDE = "cese-2022"


def labelled(value: str, label: str) -> Answer:
    return Answer(State.ANSWERED, NOON, (value,), (label,))


def consents(version: str = "1") -> dict[Spot, Answer]:
    return {Spot("accord"): Answer(State.ANSWERED, NOON, ("yes",), ("Oui",), version=version)}


def words(text: str, *, mask: bool = True) -> Answer:
    """A text as the conversation keeps it, with what points to a person found."""
    found = personal.find(text)
    masked = personal.masked(text, found) if found and mask else None
    part = Part("m1", text, "fr", masked=masked)
    return Answer(State.ANSWERED, NOON, parts=(part,), masking="accepted" if masked else None)


def contributes(
    desk: Office,
    n: int,
    text: str,
    *,
    title: str = "Un titre",
    topic: tuple[str, str] = ("formation", "Mieux former les professionnels"),
    mask: bool = True,
    **changes: object,
) -> str:
    """A finished conversation with one proposal: its reference."""
    store = SqlStore(desk.engine, desk.keys)
    answers = {
        Spot("qui_repond"): coded("seul"), Spot("age"): coded("yes"), **consents(),
        Spot("public"): labelled("autre", "Autre"),
        Spot("a_quel_titre"): labelled("citoyen", "Citoyen ou citoyenne"),
        Spot("departement"): labelled("59", "Nord"),
        Spot("sujet"): labelled(*topic), Spot("recit"): Answer(State.SKIPPED, NOON),
        Spot("proposition"): words(text, mask=mask),
        Spot("pour_qui"): labelled("tous", "Tout le monde"),
        Spot("titre"): words(title, mask=False), Spot("relecture"): coded("yes"),
        Spot("encore"): coded("no"), Spot("citation"): coded("yes"),
    }  # fmt: skip
    fields = {"id": f"c{n}", "reference": f"REF-{n:04}", "guide": GUIDE,
              "version": desk.desk.guides.current(GUIDE).version, "channel": "web", "started": NOON,
              "finished": True, "answers": answers, **changes}  # fmt: skip
    talk = Conversation(**fields)  # type: ignore[arg-type]
    made = Event("contribution", Spot("proposition"), "proposal")
    with store.hold("web", f"person {n}") as held:
        reply = Reply("receipt", {"reference": talk.reference})
        held.save("m1", Turn(talk, (reply,), (made,), said=text), push=False)
    return f"P-{n:06d}"


def heard(desk: Office, n: int) -> list[str]:
    """What the desk said to this person."""
    _, exchanges = SqlStore(desk.engine, desk.keys).thread("web", f"person {n}")
    said = [reply.key for one in exchanges for reply in one.replies]
    return [key.removeprefix("moderation.") for key in said if key.startswith("moderation.")]
