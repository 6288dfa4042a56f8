"""The codebook as a sheet: out and in, Excel's encodings, what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from refi_cases import CODES

from bot.curated import Code
from bot.errors import CodebookError
from exports.coding.codebook_csv import is_sheet, read_sheet, sheet

HOSTILE = (
    Code("1" * 32, "=1+1", "-2", "#111111"),
    Code("2" * 32, "'déjà", 'Un "mot" ; et\nune ligne', "#222222", parent="1" * 32),
)


def written(path: Path, octets: bytes) -> Path:
    path.write_bytes(octets)
    return path


def told(codes: list[Code] | tuple[Code, ...]) -> list[tuple[str, str, str, str]]:
    names = {code.id: code.name for code in codes}
    return [(c.name, c.definition, c.colour, names.get(c.parent or "", "")) for c in codes]


@pytest.mark.parametrize("codes", [CODES, HOSTILE])
def test_out_and_in_is_identical(codes: tuple[Code, ...], tmp_path: Path) -> None:
    octets = sheet(codes)
    path = written(tmp_path / "t.csv", octets)
    assert is_sheet(path)
    back = read_sheet(path)
    assert told(back) == told(codes)
    assert not {one.id for one in back} & {one.id for one in codes}
    for line in octets.decode("utf-8-sig").splitlines():
        assert not line.startswith(("=", "+", "-", "@"))


def test_the_sheets_of_excel(tmp_path: Path) -> None:
    windows = "Nom;Définition\r\nÉcoute;Être là\r\n;\r\n".encode("cp1252")
    [code] = read_sheet(written(tmp_path / "a.csv", windows))
    assert (code.name, code.definition, code.colour) == ("Écoute", "Être là", "")
    tabs = b"parent\ttheme\nTemps\tNuit\n\tTemps\n"
    above, under = read_sheet(written(tmp_path / "b.csv", tabs))
    assert (above.name, under.name, under.parent) == ("Temps", "Nuit", above.id)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thème;sous\na;b\n", "n'est pas dans la feuille"),
        ("thème;sous\na;b\nb;a\n", "n'est pas dans la feuille"),
        ("thème\nTemps\n temps\n", "Ligne 3 : « temps »"),
        ("thème;définition\n;seule\n", "Ligne 2 : le nom"),
        ("thème\n" + "".join(f"t{n}\n" for n in range(2001)), "Plus de 2000"),
    ],
)
def test_what_is_not_a_codebook_is_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match=said):
        read_sheet(written(tmp_path / "a.csv", text.encode()))


def test_another_file_is_not_a_sheet(tmp_path: Path) -> None:
    for octets in (b"", b"Bonjour", b"PK\3\4", b"<CodeBook/>", b"a;b\n1;2"):
        assert not is_sheet(written(tmp_path / "a", octets))
    assert not is_sheet(tmp_path / "absent")
