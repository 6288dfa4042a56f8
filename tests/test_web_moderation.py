"""What staff decide, read by its author on the page and by the API, after their code if any."""

from __future__ import annotations

from html import unescape

import pytest

from bot.curated import Decision
from bot.moderating import told
from storage.moderation.curations import Curations
from storage.sealing.keys import Keys
from tests.test_web_persons import close, thread
from tests.web_service import OURS, Person, Service, field

pytestmark = pytest.mark.anyio
TOLD = "Personne ne m'a formé à l'annonce d'un deuil, j'ai appris seul."
NOT_SHOWN = "son texte n'est pas montré"


async def tells(person: Person) -> None:
    """Up to an experience that is told and read back."""
    await person.agrees()
    for value in ("public:autre", "a_quel_titre:citoyen"):
        await person.says(choice=value)
    await person.says("59")
    await person.says(choice="sujet:formation")
    await person.says(TOLD)
    await person.says(choice="recit:!done")
    await person.says(choice="relecture_recit:yes")


async def decide(web: Service) -> str:
    """The team does not show the text: its reference."""

    def work() -> str:
        [run] = web.store.participations()
        [made] = run.contributions
        curations = Curations(web.store._engine, Keys(bytes(32)), told)
        curations.decide(made.reference, Decision.HIDDEN, "private", "claire", 0)
        return made.reference

    return await web.threads.run(work)


async def test_it_is_there_when_the_person_comes_back(web: Service) -> None:
    async with web.client() as client:
        person = await Person.begins(client)
        await tells(person)
        asked = person.replies[-1]["text"]
        reference = await decide(web)
        answer = await client.get("/api/messages", headers=person.bearer)
        last = answer.json()["messages"][-1]
        assert NOT_SHOWN in last["text"]
        assert reference in last["text"]
        assert last["choices"][0]["label"] == "Reprendre"
        await person.says(choice=":!resume")
        assert person.replies[-1]["text"] == asked, "what was asked is asked again"
        await person.says(choice=":!correct")
        assert "changer" in person.replies[-1]["text"]


async def test_a_code_comes_first(web: Service) -> None:
    async with web.client() as client:
        person = await Person.begins(client)
        await tells(person)
        await person.says("code 4821")
        await decide(web)
        await web.threads.run(close, web, person.token)
        assert NOT_SHOWN not in " ".join(await thread(person))
        await person.says("4821")
        assert NOT_SHOWN in " ".join(await thread(person))


async def test_on_the_page_without_a_script(web: Service) -> None:
    async with web.client(follow_redirects=True) as client:
        page = (await client.post("/discussion", data={}, headers=OURS)).text
        steps = ("qui_repond:seul", "age:yes", "accord:yes", "public:autre",
                 "a_quel_titre:citoyen", "59", "sujet:formation", TOLD,
                 "recit:!done", "relecture_recit:yes")  # fmt: skip
        for step in steps:
            name = "choice" if ":" in step else "text"
            sent = {"id": field(page, "id"), name: step}
            page = (await client.post("/discussion/message", data=sent, headers=OURS)).text
        await decide(web)
        page = unescape((await client.get("/")).text)
        assert NOT_SHOWN in page
        assert 'value=":!correct"' in page
        assert 'value=":!resume"' in page
