"""QR codes and posters: what is printed is photographed, and leads where the link leads."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from bot import poster, qr
from bot.errors import GuideError, SettingsError
from bot.guide_file import bundled, read_guide
from bot.links import Ways, read_list, ways
from bot.sharing import planned, write
from tests.serving import parole
from tests.telegram_server import TOKEN, TelegramServer

BASE = "https://parole.exemple.fr"
GUIDES = [read_guide(file.read_text("utf-8"), file.name) for file in bundled()]
LONGEST = "a" * 40


def read(image: Image.Image) -> list[str]:
    return sorted(code.text for code in zxingcpp.read_barcodes(image))


def printed(octets: bytes) -> tuple[str, Image.Image]:
    """The words of the only page, and the page as a poor printer draws it (100 dpi, grey)."""
    document = pypdfium2.PdfDocument(octets)
    assert len(document) == 1
    page = document[0]
    assert [round(side) for side in page.get_size()] == [595, 842]
    words = page.get_textpage().get_text_range().replace("\xa0", " ")
    return " ".join(words.split()), page.render(scale=100 / 72).to_pil().convert("L")


@pytest.mark.parametrize("origin", ["lyon", LONGEST])
def test_a_qr_code_gives_its_link_back(origin: str) -> None:
    link = ways(BASE, None, origin, "assises").web.link
    image = Image.open(io.BytesIO(qr.octets(link, "png")))
    assert read(image.convert("L")) == [link]
    across, dark = qr.runs(link)
    drawn = Image.new("L", (across, across), 255)
    for x, y, length in dark:
        drawn.paste(0, (x, y, x + length, y + 1))
    assert read(drawn.resize((across * 8, across * 8), Image.Resampling.NEAREST)) == [link]
    assert qr.octets(link, "svg").startswith(b"<?xml")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.guide)
@pytest.mark.parametrize("bot", [None, "parole_bot", "un_robot_dont_le_nom_est_long_bot"])
@pytest.mark.parametrize("named", [False, True])
def test_a_poster_says_all_and_its_codes_are_read(guide, bot, named) -> None:
    share = ways(BASE, bot, "maison-de-quartier-roubaix", guide.guide if named else None)
    made = poster.octets(poster.poster_of(guide, share, "l'équipe d'Île-de-France : œuvrer"))
    words, image = printed(made)
    assert read(image) == sorted(way.link for way in (share.web, share.telegram) if way)
    assert guide.title.replace("'", "’") in words
    assert poster.dates_in(guide.status or "").replace("'", "’") in words
    assert "Gratuit. Sans compte. Vous pouvez effacer vos réponses." in words
    assert "l’équipe d’Île-de-France : œuvrer" in words
    assert words.endswith(f"{guide.guide} · maison-de-quartier-roubaix")
    assert share.web.address in words.replace(" ", "")
    assert b"Helvetica" not in made  # every font is inside the file
    assert made == poster.octets(
        poster.poster_of(guide, share, "l'équipe d'Île-de-France : œuvrer")
    )


def test_a_long_title_is_written_smaller_then_refused() -> None:
    share = ways(BASE, "parole_bot", LONGEST)
    fits = poster.Poster("g", "Quelle place pour chacun dans la ville ? " * 5, share)
    assert read(printed(poster.octets(fits))[1]) == sorted([share.web.link, share.telegram.link])
    for title in ("Un mot " * 170, "anticonstitutionnellement" * 4):
        with pytest.raises(GuideError, match="trop long pour une affiche"):
            poster.octets(poster.Poster("g", title, share))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("Bienvenue. Vous pouvez répondre jusqu'au 3 mai.", "Vous pouvez répondre jusqu'au 3 mai."),
        ("Du 1er mars au 2 mai, écrivez ! Merci.", "Du 1er mars au 2 mai, écrivez !"),
        ("Les ateliers ont lieu en 2013 et 2014.", ""),
        ("", ""),
    ],
)
def test_the_dates_are_those_of_the_guide(status: str, said: str) -> None:
    assert poster.dates_in(status) == said


def test_a_list_of_partners(tmp_path: Path) -> None:
    listed = tmp_path / "liste.txt"
    listed.write_text("# le Nord\nlille\n\nroubaix  # mairie\n", "utf-8")
    assert read_list(listed) == ("lille", "roubaix")
    for text, told in (
        ("lille\nLyon\n", "ligne 2 : il faut 1 à 40"),
        ("lille\nlille\n", "ligne 2 : la même origine est déjà ligne 1"),
        ("# rien\n", "ce fichier est vide"),
    ):
        listed.write_text(text, "utf-8")
        with pytest.raises(SettingsError, match=told):
            read_list(listed)
    with pytest.raises(SettingsError, match="ne se lit pas"):
        read_list(tmp_path / "absent.txt")


def test_nothing_is_written_by_half(tmp_path: Path) -> None:
    every: list[Ways] = [ways(BASE, None, one) for one in ("lille", "roubaix")]
    kept = tmp_path / "roubaix.pdf"
    kept.write_bytes(b"mine")
    files = planned(every, GUIDES[0], "", None, tmp_path, several=True)
    with pytest.raises(SettingsError, match=r"existe déjà.*--force"):
        write(files, print)
    assert [file.name for file in tmp_path.iterdir()] == ["roubaix.pdf"]
    told: list[str] = []
    write(files, told.append, force=True)
    assert told == [f"1/2  {tmp_path / 'lille.pdf'}", f"2/2  {kept}"]
    assert kept.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--origin : il manque une origine"),
        (("--origin", "a", "--qr", "x.gif"), "il faut un fichier .svg ou .png"),
        (("--origin", "a", "--poster", "x.png"), "il faut un fichier .pdf"),
        (("--origin", "a", "--poster", "rien/x.pdf"), "Créez-le : mkdir -p rien"),
        (("--origin", "a", "--origins", "b.txt"), "Gardez l'un des deux"),
    ],
)
def test_a_line_that_asks_too_much(arguments: tuple[str, ...], told: str) -> None:
    ended = parole("link", *arguments)
    assert ended.returncode == 2
    assert told in ended.stderr


def test_the_command_writes_codes_and_posters_for_all(tmp_path: Path) -> None:
    (tmp_path / "liste.txt").write_text("lille\nroubaix\n", "utf-8")
    (tmp_path / "affiches").mkdir()
    folder = tmp_path / "affiches"
    with TelegramServer() as telegram:
        ended = parole(
            "link", "--origins", tmp_path / "liste.txt", "--qr", folder, "--poster", folder,
            public_url=BASE, telegram_token=TOKEN, telegram_api=telegram.url,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    rows = [line.split("\t") for line in ended.stdout.splitlines()]
    assert [row[0] for row in rows] == ["lille", "roubaix"]
    assert "6/6" in ended.stderr
    assert "PAROLE_PUBLIC_URL" not in ended.stderr
    for origin, *links in rows:
        assert read(printed((folder / f"{origin}.pdf").read_bytes())[1]) == sorted(links)
        assert (folder / f"{origin}-telegram.svg").is_file()
