"""What other programs write beside codes: kept where it has a home, counted where it has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import exports_cases as cases
import pytest
import refi_cases as refi
from refi_cases import CODES, DAY, NIGHT, TEXTS, TIME
from test_exports_refi import Kept, exported, imported, project_of, validate

from bot.curated import Coding, Reading
from bot.errors import CodebookError
from exports.canonical import canonical
from exports.confidentiality import Profile
from exports.refi import reading
from exports.refi.counting import EVERY, Counting, place, possible
from exports.refi.naming import code_guid, coder_of, guid
from exports.refi.tally import KNOWN_CODE, LINE_ENDS, NO_TEXT, ON_REFUSED, OUTSIDE
from exports.refi.told import lines

FIRST = canonical(TEXTS[1])
ID = [code_guid(letter * 32) for letter in "abcdef"]


def with_notes() -> cases.Held:
    """Two passages with a note, and a text read with nothing to code."""
    source = refi.snapshot({
        "P-000001": (
            refi.passage(FIRST, "temps", TIME, note="Le mot\nclé 👩🏽‍🏫"),
            refi.passage(FIRST, "nuit 🌙", NIGHT, note="à revoir"),
        )
    })  # fmt: skip
    people = [
        replace(one, curations={
            reference: replace(its, readings=(Reading("camille", DAY), Reading("dominique", DAY)))
            if reference == "P-000002" else its
            for reference, its in one.curations.items()
        })
        for one in source.people
    ]  # fmt: skip
    return replace(source, people=people)


def test_notes_and_readings_go_out_and_come_back(tmp_path: Path) -> None:
    source = with_notes()
    path, counted = exported(source, tmp_path)
    validate(project_of(path), "Project.xsd")
    assert counted["Notes sur un passage écrites."] == 2
    assert counted["Textes lus sans rien à coder écrits : un ensemble par personne."] == 2
    kept = Kept()
    tally = imported(path, source, tmp_path, kept)
    assert tally.whole
    assert (tally.notes, tally.notes_kept, tally.read, tally.read_kept) == (2, 2, 2, 2)
    assert {one.note for one in kept.codings["P-000001"]} == {"Le mot\nclé 👩🏽‍🏫", "à revoir"}
    assert kept.readings == {("P-000002", "camille"), ("P-000002", "dominique")}
    assert set(tally.aside) <= {"Variable", "VariableValue", "Case"}
    again = imported(path, source, tmp_path, kept)
    assert again.whole
    assert (again.notes_kept, again.notes_already) == (0, 2)
    assert (again.read_kept, again.read_already) == (0, 2)


def test_notes_stay_in_the_team(tmp_path: Path) -> None:
    path, counted = exported(with_notes(), tmp_path, Profile.PARTNER)
    assert "Notes sur un passage écrites." not in counted
    assert "Le mot" not in str(path.read_bytes())
    assert not project_of(path).xpath("//*[local-name()='Note' or local-name()='NoteRef']")


def test_every_element_is_kept_or_counted_by_its_name(tmp_path: Path) -> None:
    """As NVivo, MAXQDA and QualCoder write memos: notes, comments, links, sets, cases."""
    selected = (
        f'<PlainTextSelection guid="{ID[0]}" startPosition="0" endPosition="5">'
        f"<Description>le commentaire</Description>"
        f'<Coding guid="{ID[1]}"><CodeRef targetGUID="{code_guid(TIME)}"/>'
        f'<NoteRef targetGUID="{ID[2]}"/></Coding></PlainTextSelection>'
        f'<PlainTextSelection guid="{ID[1]}" startPosition="0" endPosition="2">'
        f'<CodeRef targetGUID="{code_guid(NIGHT)}"/></PlainTextSelection>'
        f'<NoteRef targetGUID="{ID[4]}"/>'
    )
    xml, file = refi.source_of(1, selected)
    inside = (
        f'<CodeBook><Codes><Code guid="{code_guid(TIME)}" name="Temps"><Description>sa définition'
        f'</Description><NoteRef targetGUID="{ID[3]}"/></Code>'
        f'<Code guid="{code_guid(NIGHT)}" name="Nuit"/></Codes></CodeBook>'
        f'<Variables><Variable guid="{ID[0]}" name="âge" typeOfVariable="Text"/></Variables>'
        f'<Cases><Case guid="{ID[1]}" name="c"><CodeRef targetGUID="{code_guid(TIME)}"/>'
        f"<VariableValue><VariableRef targetGUID='{ID[0]}'/><TextValue>12</TextValue>"
        f"</VariableValue></Case></Cases><Sources>{xml}</Sources>"
        f'<Notes><Note guid="{ID[2]}" plainTextPath="internal://n.txt"/>'
        f'<Note guid="{ID[3]}"><PlainTextContent>sur le thème</PlainTextContent></Note>'
        f'<Note guid="{ID[4]}"><PlainTextContent>sur le texte entier</PlainTextContent></Note>'
        f'<Note guid="{ID[5]}"><PlainTextContent>par un lien</PlainTextContent></Note></Notes>'
        f'<Links><Link guid="{ID[0]}" originGUID="{ID[5]}" targetGUID="{ID[1]}"/>'
        f'<Link guid="{ID[1]}" originGUID="{ID[0]}" targetGUID="{ID[3]}0"/></Links>'
        f'<Sets><Set guid="{ID[0]}" name="Groupe"><MemberSource targetGUID="{ID[0]}"/></Set></Sets>'
        f'<Graphs><Graph guid="{ID[0]}"><Vertex guid="{ID[1]}"/></Graph></Graphs>'
        "<Description>le projet</Description><Inconnu><Encore/></Inconnu>"
    )
    path = refi.project(tmp_path, inside, [(file, FIRST.encode()), ("sources/n.txt", b"la note")])
    kept = Kept()
    tally = imported(path, refi.snapshot(), tmp_path, kept)
    assert tally.whole
    assert {(one.code, one.note) for one in kept.codings["P-000001"]} == {
        (TIME, "la note\n\nle commentaire"), (NIGHT, "par un lien"),
    }  # fmt: skip
    assert kept.codes[0].definition == "sa définition\n\nsur le thème"
    assert tally.aside == {
        "Variable": 1, "VariableValue": 1, "Case": 1, "Link": 1, "Set": 1, "Graph": 1,
        "Description": 1, "Inconnu": 1,
    }  # fmt: skip
    assert tally.notes_refused.total() == 1, "that of the whole text"
    said = "\n".join(lines(tally))
    for words in ("1 variables", "1 cas", "1 éléments « Inconnu »", "laissées de côté : 1"):
        assert words in said
    again = imported(path, refi.snapshot(), tmp_path, kept)
    assert again.whole
    assert again.notes_kept == 0


def test_notes_without_a_home_are_said(tmp_path: Path) -> None:
    selected = (
        f'<PlainTextSelection guid="{ID[0]}" startPosition="0" endPosition="999"><Description>x'
        f'</Description><Coding guid="{ID[1]}"><CodeRef targetGUID="{code_guid(TIME)}"/></Coding>'
        f'</PlainTextSelection><PlainTextSelection guid="{ID[1]}" startPosition="0" '
        'endPosition="1"><Description>sans thème</Description></PlainTextSelection>'
    )
    xml, file = refi.source_of(1, selected)
    name = f"Rien à coder : humain:{'camille'}"
    sets = (
        f'<Sets><Set guid="{guid("nothing", "humain:camille")}" name="{name}">'
        f'<MemberSource targetGUID="{ID[0]}"/></Set></Sets>'
    )
    book = (
        f'<CodeBook><Codes><Code guid="{code_guid(TIME)}" name="Temps"><Description>Autre chose'
        f'</Description><NoteRef targetGUID="{ID[3]}"/></Code></Codes></CodeBook>'
    )
    notes = f'<Notes><Note guid="{ID[3]}"><PlainTextContent>plus</PlainTextContent></Note></Notes>'
    path = refi.project(
        tmp_path, f"{book}<Sources>{xml}</Sources>{notes}{sets}", [(file, FIRST.encode())]
    )
    kept = Kept(CODES)
    tally = imported(path, refi.snapshot(), tmp_path, kept)
    assert tally.whole
    assert tally.notes_refused[ON_REFUSED] == 1
    assert tally.notes_refused[KNOWN_CODE] == 1
    assert tally.notes_refused.total() == 3, "and one on a passage without a code"
    assert tally.read_refused == {NO_TEXT: 1}
    assert tally.redefined == 1
    assert "Celles d'ici restent" in "\n".join(lines(tally))


def test_two_texts_of_the_same_identifier_are_refused(tmp_path: Path) -> None:
    xml, file = refi.source_of(1, refi.selected(0, 2, code_guid(TIME)))
    book = refi.codebook((code_guid(TIME), "Temps"))
    path = refi.project(tmp_path, f"{book}<Sources>{xml}{xml}</Sources>", [(file, FIRST.encode())])
    kept = Kept()
    with pytest.raises(CodebookError, match="même identifiant"):
        imported(path, refi.snapshot(), tmp_path, kept)
    assert kept.codes == []


def test_a_project_too_large_once_open_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = refi.project(tmp_path, refi.codebook((code_guid(TIME), "Temps")))
    monkeypatch.setattr(reading, "MOST_PROJECT", 100)
    with pytest.raises(CodebookError, match="trop grand une fois ouvert"):
        reading.read(path)


def words_of(text: str, words: str, counting: Counting) -> tuple[int, int]:
    """Where a program that counts so sees these words in a text with CRLF and a BOM."""
    raw = "\ufeff" + text.replace("\n", "\r\n")
    table = counting.places(raw)
    start = text.index(words)
    return table.index(start), table.index(start + len(words))


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("counting", sorted(EVERY, key=str))
def test_crlf_bom_and_utf16_are_read_when_the_file_says_how_it_counts(
    counting: Counting, named: bool, tmp_path: Path
) -> None:
    raw = "\ufeff" + FIRST.replace("\n", "\r\n")
    passages = ""
    for words in ("👩🏽‍🏫 Plus", "Plus de", "relève la nuit 🌙"):
        start, end = words_of(FIRST, words, counting)
        name = f' name="{words}"' if named else ""
        one = refi.selected(start, end, code_guid(TIME))
        passages += one.replace("<PlainTextSelection", f"<PlainTextSelection{name}")
    xml, file = refi.source_of(1, passages)
    book = refi.codebook((code_guid(TIME), "Temps"))
    path = refi.project(tmp_path, f"{book}<Sources>{xml}</Sources>", [(file, raw.encode())])
    kept = Kept()
    tally = imported(path, refi.snapshot(), tmp_path, kept)
    assert tally.whole
    assert (tally.texts_known, tally.texts_other_ends) == (1, 1)
    got = {one.words for one in kept.codings.get("P-000001", ())}
    if named:
        assert got == {"👩🏽‍🏫 Plus", "Plus de", "relève la nuit 🌙"}
    else:
        assert tally.refused[LINE_ENDS] + tally.refused[OUTSIDE] == 3, "nothing is guessed"


def test_places_before_the_first_line_end_are_sure(tmp_path: Path) -> None:
    raw = FIRST.replace("\n", "\r\n").encode()
    good, unsure = FIRST.index("temps"), FIRST.index("nuit")
    passages = refi.selected(good, good + 5, code_guid(TIME)) + refi.selected(
        unsure, unsure + 4, code_guid(TIME)
    )
    xml, file = refi.source_of(1, passages)
    book = refi.codebook((code_guid(TIME), "Temps"))
    kept = Kept()
    path = refi.project(tmp_path, f"{book}<Sources>{xml}</Sources>", [(file, raw)])
    tally = imported(path, refi.snapshot(), tmp_path, kept)
    assert [one.words for one in kept.codings["P-000001"]] == ["temps"]
    assert tally.refused == {LINE_ENDS: 1}


def test_utf16_in_a_text_like_ours_is_seen_by_the_names(tmp_path: Path) -> None:
    start = len(FIRST[: FIRST.index("temps")].encode("utf-16-le")) // 2
    one = refi.selected(start, start + 5, code_guid(TIME))
    xml, file = refi.source_of(
        1, one.replace("<PlainTextSelection", '<PlainTextSelection name="temps"')
    )
    book = refi.codebook((code_guid(TIME), "Temps"))
    kept = Kept()
    path = refi.project(tmp_path, f"{book}<Sources>{xml}</Sources>", [(file, FIRST.encode())])
    imported(path, refi.snapshot(), tmp_path, kept)
    assert [one.words for one in kept.codings["P-000001"]] == ["temps"]


def test_a_name_that_is_not_the_words_says_nothing() -> None:
    assert possible("\ufeffa\r\nb 🌙 c", [(0, 3, "0-3"), (1, 2, "Passage 4")]) == EVERY
    assert place("ab\r\nc", 0, 2, EVERY) == (0, 2)
    assert place("ab\r\nc", 3, 4, EVERY) == (None, True)
    assert place("ab", 1, 9, EVERY) == (None, False)


def test_a_user_that_is_no_guid_is_still_a_coder(tmp_path: Path) -> None:
    xml, file = refi.source_of(
        1, refi.selected(0, 2, code_guid(TIME)).replace(guid("test", "u"), "moi")
    )
    inside = f'<Users><User guid="moi" name="Jo"/></Users>{refi.codebook((code_guid(TIME), "T"))}'
    path = refi.project(tmp_path, f"{inside}<Sources>{xml}</Sources>", [(file, FIRST.encode())])
    kept = Kept()
    imported(path, refi.snapshot(), tmp_path, kept)
    [coding] = kept.codings["P-000001"]
    assert coding == Coding(TIME, 0, 2, "Jo", coding.on, "imported", FIRST[:2])


def test_only_the_beginning_of_a_user_says_where_a_coding_comes_from() -> None:
    assert coder_of("humain:alix") == coder_of("importe:alix") == "alix"
    assert coder_of("Zoé, humain: oui") == "Zoé, humain: oui"
