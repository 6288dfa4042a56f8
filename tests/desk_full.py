"""A desk that has something of everything, and a right request for each route that changes it.

Whoever tries all doors at once starts from here: the forms of others, roles, what is written.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import httpx
import lxml.html
import pyotp
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import Engine, select

from bot.curated import Coding, Decision, Order, Outside, Stage
from desk.shell import ROOT
from exports.fusion.mapping_file import ready_text
from storage.moderation.codings import Codings
from storage.tables import metadata
from tests.asgi import Answer, ask
from tests.desk_contributions import GUIDE, contributes
from tests.desk_service import EVERY_ROLE, PASSWORD, Office, office_on
from tests.hostile_walks import inside

WHO = "anne"
ALIKE = "Plus de temps la nuit pour les personnes qui accompagnent"
TEXTS = (
    "Un soir plus long", "Un matin plus court", "Des bureaux", "Une crèche", "Des trains",
    "Un jardin", "Une cour", "Des livres", "Une radio", f"{ALIKE}.", f"{ALIKE} !", f"{ALIKE} ?",
)  # fmt: skip
ARRIVING = b"id;title;body_text;section_title;createdAt\nop9;Salaires;Mieux payer;M;2026-03-04\n"
SHEET = ready_text("plateforme").encode()
SECOND = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # the secret of another second factor
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Sent:
    """A request of one of our forms, as its page would send it. Braces name what is there."""

    target: str
    fields: Mapping[str, str] = field(default_factory=dict)
    seen_on: str = ""  # the page that says which state of it was seen
    file: tuple[str, bytes] | None = None
    changes: bool = True  # something that is kept


ONE = "/contributions/P-00000"
CHANGES: Mapping[str, Sent] = {
    "contributions.transcript": Sent(f"{ONE}1/conversation"),
    "contributions.decide": Sent(f"{ONE}1/decision", {"decision": "published"}, f"{ONE}1"),
    "contributions.text": Sent(f"{ONE}2/texte", {"masks": "oui", "also": "matin"}, f"{ONE}2"),
    "contributions.merge": Sent(f"{ONE}3/reunir", {"into": "P-000004"}, f"{ONE}3"),
    "contributions.undo": Sent(f"{ONE}5/annuler", {}, f"{ONE}5"),
    "contributions.separate": Sent(f"{ONE}6/separer", {}, f"{ONE}6"),
    "groups.undo": Sent("/doublons/annuler", {"joined": "P-000008 {joined}"}),
    "groups.join": Sent("/doublons", {"none": "oui"}, "/doublons"),
    "overview.refresh": Sent("/suivi", {"guide": GUIDE}, changes=False),  # counts it again
    "targets.set": Sent(f"/objectifs?guide={GUIDE}", {"new": "departement|59", "wanted": "60"}),
    "targets.import": Sent(
        f"/objectifs/fichier?guide={GUIDE}", file=("o.csv", b"departement;59;61\n")
    ),
    "exports.ask": Sent("/exports", {"profile": "interne", "format": "csv"}),
    "exports.make": Sent("/exports/{asked}/faire"),
    "exports.again": Sent("/exports/{done}/refaire"),
    "platform.keep": Sent("/plateforme/feuilles", file=("a.yml", SHEET)),
    "platform.remove": Sent("/plateforme/feuilles/mien/supprimer"),
    "platform.bring": Sent("/plateforme/fichiers", file=("b.csv", ARRIVING)),
    "platform.read": Sent("/plateforme/fichiers/{file}", {"action": "garder"},
                          "/plateforme/fichiers/{file}"),
    "platform.compare": Sent("/plateforme/ressemblances"),
    "platform.say": Sent("/plateforme/ressemblances/dire",
                         {"ours": "P-000001", "theirs": "plateforme:op1", "what": "meme"}),
    "platform.forget": Sent("/plateforme/effacer", {"source": "plateforme"}),
    "coding.add": Sent("/codage/themes", {"name": "Logement"}),
    "coding.change": Sent("/codage/themes/{code}", {"action": "save", "name": "Heures",
                                                    "definition": "", "colour": "#1b6ca8"}),
    "coding.import": Sent("/codage/import", file=("t.csv", b"nom;definition\nTrains;A\n")),
    "coding.mark": Sent("/codage/texte/P-000001", {"start": "0", "end": "7", "code": "{code}"}),
    "coding.read": Sent("/codage/lue/P-000002"),
    "coding.note": Sent("/codage/texte/P-000004/{noted}/note", {"note": "à revoir"}),
    "coding.unmark": Sent("/codage/texte/P-000003/{marked}"),
    "snapshots.delete": Sent("/instantanes/{snapshot}/supprimer"),
    "code.send": Sent("/connexion/code", {"code": "{old_code}"}),
    "sign_in.send": Sent("/connexion", {"login": WHO, "password": PASSWORD}),
    "account.close": Sent("/compte/sessions/{session}/fermer"),
    "account.code.set": Sent("/compte/code", {"secret": SECOND, "code": "{new_code}",
                                              "old_code": "{old_code}", "password": PASSWORD}),
    "account.password": Sent("/compte/mot-de-passe", {"old": PASSWORD, "new": "cinq-poires-bleues",
                                                      "again": "cinq-poires-bleues"}),
    "sign_out": Sent("/deconnexion"),
    "sign_out.everywhere": Sent("/deconnexion/partout"),
}  # fmt: skip


@dataclass
class Full:
    """The desk, who is signed in, and the names of what is there."""

    desk: Office
    folder: Path
    token: str = ""
    csrf: str = ""
    named: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> FastAPI:
        return self.desk.app

    def signs_in(self, login: str = WHO, *, waiting: bool = False, code: bool = True) -> None:
        """A session of its own, as after the password, and after the code."""
        self.token, self.csrf = self.session(login, waiting=waiting, code=code)

    def session(self, login: str, *, waiting: bool = False, code: bool = True) -> tuple[str, str]:
        memory, now = self.desk.desk.memory, self.desk.clock.now
        account = memory.accounts.find(login)
        assert account is not None
        token = memory.sessions.open(
            account.id, now, second_factor=code and not waiting, waiting=waiting
        )
        seat = memory.sessions.seat(token, now)
        assert seat is not None
        return token, seat.csrf

    async def get(self, path: str, *more: tuple[bytes, bytes], token: str | None = None) -> Answer:
        kept = self.token if token is None else token
        cookie = [(b"cookie", f"equipe={kept}".encode())] * bool(kept)
        return await ask(self.desk.app, "GET", path, headers=[*cookie, *more])

    async def post(
        self, path: str, fields: Pairs, *more: tuple[bytes, bytes],
        file: tuple[str, bytes] | None = None, token: str | None = None,
        origin: str | None = "http://127.0.0.1",
    ) -> Answer:  # fmt: skip
        given: dict[str, list[str]] = {}
        for name, value in fields:
            given.setdefault(name, []).append(value)
        files = {"file": file} if file else None
        made = httpx.Request("POST", "http://127.0.0.1/", data=given, files=files)
        body = made.read() if (given or file) else b""
        kind = made.headers.get("content-type", "application/x-www-form-urlencoded")
        kept = self.token if token is None else token
        headers = [(b"content-type", kind.encode()), *more]
        headers += [(b"cookie", f"equipe={kept}".encode())] * bool(kept)
        headers += [(b"origin", origin.encode())] if origin is not None else []
        return await ask(self.desk.app, "POST", path, headers=headers, body=body)

    async def ready(self, name: str) -> tuple[str, list[tuple[str, str]]]:
        """Where this form goes and what it holds, but for the token of the page."""
        sent = CHANGES[name]
        fields: list[tuple[str, str]] = []
        if sent.seen_on:
            page = await self.get(ROOT + self.says(sent.seen_on))
            assert page.status == 200, (name, page.status)
            fields = self._shown(page.text, sent)
        self.named |= {
            "old_code": self.desk.code(WHO),
            "new_code": pyotp.TOTP(SECOND).at(self.desk.clock.now),
            "session": hashlib.sha256(self.session(WHO)[0].encode()).hexdigest()[:16],
        }
        fields = [(n, v) for n, v in fields if n not in sent.fields and n != "csrf"]
        fields += [(n, self.says(v)) for n, v in sent.fields.items()]
        return ROOT + self.says(sent.target), fields

    def _shown(self, page: str, sent: Sent) -> list[tuple[str, str]]:
        """What the form of this address holds, else the state that the page shows."""
        to = ROOT + self.says(sent.target)
        for form in lxml.html.fromstring(page).forms:
            if (form.get("action") or "").partition("#")[0] == to:
                return [(str(n), str(v or "")) for n, v in form.form_values()]
        found = re.search(r'name="seen" value="([^"]+)"', page)
        assert found, sent.target
        return [("seen", unescape(found.group(1)))]

    def says(self, written: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.named[found.group(1)], written)

    def state(self) -> dict[str, str]:
        return state(self.desk.engine, self.folder)

    def differs(self, before: Mapping[str, str]) -> set[str]:
        """The tables that are not as they were."""
        now = self.state()
        return {name for name in now if now[name] != before[name]}

    async def becomes(self, id: str, stage: Stage) -> Order:
        for _ in range(1200):
            order = self.desk.desk.memory.packages.get(id)
            assert order is not None
            assert order.stage is not Stage.FAILED, order.problem
            if order.stage is stage:
                return order
            await asyncio.sleep(0.05)
        raise AssertionError(f"still {order.stage}")

    async def rests(self) -> None:
        """Nothing is under way in the background."""
        memory = self.desk.desk.memory
        for _ in range(1200):
            if not any(one.stage.under_way for one in memory.packages.every()):
                break
            await asyncio.sleep(0.05)
        await asyncio.to_thread(self.desk.desk.comparing.wait, 30)
        assert memory.indexing.wait(30)

    async def fills(self, texts: Sequence[str] = TEXTS, mark: str = "") -> None:
        """Something of everything; `mark` ends every text and title of a person."""
        desk, memory = self.desk, self.desk.desk.memory
        desk.hire(WHO, EVERY_ROLE, code=True)
        self.signs_in()
        desk.clock.pass_by(seconds=60)
        for n, text in enumerate(texts, 1):
            contributes(desk, n, f"{text}{mark}", title=f"Titre {n}{mark}", mask=False)
        work = memory.curations
        work.decide("P-000005", Decision.HIDDEN, "hurts", WHO, 0)
        work.merge("P-000006", "P-000007", WHO, 0)
        work.merge("P-000008", "P-000009", WHO, 0)
        code = memory.codebook.add("Horaires", definition="Les heures")
        today = desk.clock.now.date()
        made: dict[str, str] = {}
        for name, reference in (("marked", "P-000003"), ("noted", "P-000004")):
            words = texts[int(reference[2:]) - 1][:3]
            passage = Coding(code.id, 0, 3, WHO, today, words=words)
            Codings(desk.engine, desk.keys).add(reference, [passage])
            [(id, _)] = Codings(desk.engine, desk.keys).of(reference)
            made[name] = str(id)
        other = Outside("plateforme", "op1", "proposal", f"{texts[0]}{mark}", f"Là-bas{mark}",
                        made_on=today)  # fmt: skip
        memory.outsides.take("plateforme", [other], today)
        memory.indexing.refresh(now=True)
        assert memory.indexing.wait(30)
        memory.alike.look()
        memory.alike.wait(30)
        last = work.last(["P-000008"])
        self.named = {**made, "code": code.id, "joined": str(last["P-000008"])}
        await self._orders()

    async def _orders(self) -> None:
        """One export that waits for an agreement, one that is made; a sheet; a file that came."""
        csrf = [("csrf", self.csrf)]
        asked = [*csrf, ("profile", "interne"), ("format", "csv")]
        ids = []
        for number in range(2):
            answer = await self.post(f"{ROOT}/exports", [*asked, ("format", "jsonl")][: 3 + number])
            assert answer.status == 303, answer.text
            ids.append(_last(answer))
            await self.becomes(ids[-1], Stage.SEEN)
        answer = await self.post(f"{ROOT}/exports/{ids[1]}/faire", csrf)
        done = await self.becomes(_last(answer), Stage.DONE)
        self.named |= {"asked": ids[0], "done": done.id, "snapshot": str(done.snapshot)}
        kept = await self.post(f"{ROOT}/plateforme/feuilles", csrf, file=("mien.yml", SHEET))
        assert kept.status == 303, kept.text
        came = await self.post(f"{ROOT}/plateforme/fichiers", csrf, file=("c.csv", ARRIVING))
        assert came.status == 303, came.text
        self.named["file"] = _last(came)
        compared = await self.post(f"{ROOT}/plateforme/ressemblances", csrf)
        assert compared.status == 303
        await self.rests()

    def routes(self) -> list[APIRoute]:
        [mount] = [one for one in self.desk.app.routes if getattr(one, "name", "") == "equipe"]
        return list(inside(mount.app.routes))  # type: ignore[attr-defined]


def state(engine: Engine, folder: Path | None = None) -> dict[str, str]:
    """What is kept, table by table, and the files beside: when somebody was seen left out."""
    kept: dict[str, str] = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            columns = [
                one for one in table.c if table.name != "staff_sessions" or one.name != "seen"
            ]
            rows = sorted(map(repr, connection.execute(select(*columns)).all()))
            kept[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    here = [one for one in folder.rglob("*") if one.is_file()] if folder else []
    beside = [one for one in here if not one.name.startswith("parole.db")]
    kept["files"] = repr(sorted((str(one), one.stat().st_size) for one in beside))
    return kept


def address(route: APIRoute, full: Full) -> str:
    """An address of this route that names something there."""
    known = {"reference": "P-000001", "kind": "csv", "sheet": "mien", "version": "1", "name": "x",
             "file": full.named["file"], "id": full.named["done"]}  # fmt: skip
    asked = {"platform.one": {"reference": "plateforme:op1"}}.get(route.name, {})
    path = re.sub(r"\{(\w+)\}", lambda found: known[found.group(1)], route.path)
    return ROOT + path + (f"?{urlencode(asked)}" if asked else "")


def steps(routes: Sequence[APIRoute], *methods: str) -> Iterator[APIRoute]:
    yield from (one for one in routes if set(methods) & (one.methods or set()))


def _last(answer: Answer) -> str:
    return (answer.header("location") or "").rpartition("/")[2]


@asynccontextmanager
async def full_desk(
    engine: Engine, folder: Path, mark: str = "", texts: Sequence[str] = TEXTS
) -> AsyncIterator[Full]:
    """A desk on this database with something of everything, and « anne », who may do all."""
    desk = office_on(engine, folder)
    desk.desk.workroom.start()
    made = Full(desk, folder)
    try:
        await made.fills(texts, mark)
        yield made
    finally:
        memory = desk.desk.memory
        for one in (memory.indexing, memory.alike, memory.outside):
            one.close()  # type: ignore[attr-defined]
        desk.desk.following.stop()
        desk.desk.comparing.stop()
        await desk.desk.workroom.stop()
        desk.desk.threads.close()  # type: ignore[attr-defined]
