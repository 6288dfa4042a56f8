"""The corpus for IRaMuTeQ, read back by a small reader written from the rules of its own one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import exports_cases as cases
import pytest

from bot.curated import Decision
from bot.model import Participation, Spot
from exports.confidentiality import Profile
from exports.iramuteq import Iramuteq, cleaned, token

HOSTILE = (
    "**** *ref_fantome\nUn texte",
    "-*theme\nun thème",
    "0001 *ancien_format",
    "\ufeffPremier mot",
    "« Guillemets » 50 % & 20 € §3 _souligné_",
    "👩🏽‍🏫 enseignante ⚡",
    "ligne\r\nligne\u2028ligne\x85fin",
    "nul\0au milieu \u202egauche",
    "l’œuvre d’Ægir à Łódź",
    "mot" * 13_000,
    "=1+1",
)
LOST = ("", " \n\t", "👍👍", "مرحبا", "****", "..., !!")


@dataclass
class Text:
    stars: dict[str, str]
    body: str


def read(octets: bytes) -> list[Text]:
    """What IRaMuTeQ keeps: a text begins at each line of stars, an empty one disappears."""
    texts: list[Text] = []
    for line in octets.decode("utf-8").splitlines():
        if line.startswith("****"):
            tokens = line.split()[1:]
            assert all(re.fullmatch(r"\*[a-z0-9]+_[a-z0-9]+", one) for one in tokens), line
            stars = dict(one[1:].split("_", 1) for one in tokens)
            assert len(stars) == len(tokens), "a variable has one value"
            texts.append(Text(stars, ""))
        elif line.strip():
            assert texts, "words before the first text are lost"
            assert not re.match(r"-\*|\d+ \*", line), "a line of the text begins another thing"
            texts[-1].body += line + "\n"
    return [one for one in texts if one.body.strip()]


def corpus(source: cases.Held, profile: Profile, folder: Path) -> tuple[list[Text], dict[str, int]]:
    _, warned, _ = cases.written(Iramuteq(), source, profile, folder)
    octets = (folder / "iramuteq" / "corpus.txt").read_bytes()
    assert not octets.startswith(b"\xef\xbb\xbf")
    return read(octets), {one.problem: one.count for one in warned}


def test_a_corpus_in_full(tmp_path: Path) -> None:
    cases.written(Iramuteq(), cases.held(cases.CAMILLE), Profile.INTERNAL, tmp_path)
    assert (tmp_path / "iramuteq" / "corpus.txt").read_text("utf-8") == (
        "**** *ref_p000001 *type_proposal *axe_water *langue_fr *place_01 *usesrest_oui"
        " *usesplay_oui\n"
        "De l'eau ;\nfraîche\n1 1, partout\n\n"
        "**** *ref_p000002 *type_proposal *place_01 *usesrest_oui *usesplay_oui\nDe l'ombre\n\n"
    )
    meanings = (tmp_path / "iramuteq" / "variables.csv").read_text("utf-8-sig").splitlines()
    assert meanings[0] == "variable;modalite;question;libelle"
    assert "axe;water;axe;L'eau" in meanings
    assert "usesrest;oui;uses;'= Dormir" in meanings


@pytest.mark.parametrize("profile", Profile)
def test_each_text_leads_back_to_its_contribution(profile: Profile, tmp_path: Path) -> None:
    source = cases.held(*cases.crowd({"walk": 6, "rest": 7}))
    texts, _ = corpus(source, profile, tmp_path)
    left = cases.records(source, profile, tmp_path)
    assert [one.stars["ref"] for one in texts] == [token(record.reference) for record in left]
    assert len(texts) == 13


@pytest.mark.parametrize(
    ("profile", "shown"),
    [
        (Profile.INTERNAL, {"uses", "place"}),
        (Profile.PARTNER, {"uses"}),
        (Profile.PUBLIC, {"uses"}),
    ],
)
def test_only_the_variables_that_the_profile_lets_leave(
    profile: Profile, shown: set[str], tmp_path: Path
) -> None:
    source = cases.held(*cases.crowd({"walk": 6, "rest": 7}))
    texts, _ = corpus(source, profile, tmp_path)
    names = {name for one in texts for name in one.stars}
    assert names & {"uses", "place", "age", "tenant", "rent"} == shown


def test_hostile_texts_lose_nothing_and_empty_ones_are_counted(tmp_path: Path) -> None:
    people = [
        one
        for n, text in enumerate((*HOSTILE, *LOST), start=1)
        for one in cases.crowd({"walk": 1}, first=n)[:1]
    ]
    people = [_saying(one, text) for one, text in zip(people, (*HOSTILE, *LOST), strict=True)]
    texts, counted = corpus(cases.held(*people), Profile.INTERNAL, tmp_path)
    assert [one.stars["ref"] for one in texts] == [f"p{n:06d}" for n in range(1, len(HOSTILE) + 1)]
    assert sum(counted.values()) == len(LOST)
    long = texts[HOSTILE.index("mot" * 13_000)]
    assert len(long.body) > 39_000, "no silent cut"


def _saying(one: Participation, text: str) -> Participation:
    answers = {**one.conversation.answers, Spot("idea"): cases.said(text)}
    return replace(one, conversation=replace(one.conversation, answers=answers))


def test_hidden_words_are_counted_and_absent(tmp_path: Path) -> None:
    source = cases.held(cases.CAMILLE, decision=Decision.HIDDEN)
    texts, counted = corpus(source, Profile.PARTNER, tmp_path)
    assert texts == []
    assert counted == {"Contributions sans texte : absentes du corpus.": 2}


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    source = cases.held(*cases.crowd({"walk": 3}))
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    one, two = (cases.written(Iramuteq(), source, Profile.INTERNAL, at)[0] for at in folders)
    assert one == two


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("50 % des gens & moi", "50 pourcent des gens et moi"),
        ("l’école…", "l'école..."),
        ("a\n\n\n b ", "a\nb"),
        ("**** x", "x"),
        ("cœur", "coeur"),
        ("Łódź", "ódz"),
    ],
)
def test_cleaning(text: str, kept: str) -> None:
    assert cleaned(text) == kept


@pytest.mark.parametrize(
    ("code", "plain"), [("18-25", "1825"), ("É_tude", "etude"), ("2A", "2a"), ("…", "vide")]
)
def test_a_value_is_letters_and_digits(code: str, plain: str) -> None:
    assert token(code) == plain
