"""Takes what people gave out of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.line import Data, private_files, say

PUBLISHED = (
    "Attention : un export public existe déjà, du {} (instantané {}). Les mêmes textes sont dans "
    "les deux : qui les compare peut deviner ce que « Autre ou non dit » cache. Repartez du même "
    "instantané (--snapshot), ou ne publiez pas les deux."
)
BY = "parole"  # who takes a snapshot from the command line


def _list(wanted: bool) -> None:
    if wanted:
        from exports.packages_list import PACKAGES

        for package in PACKAGES:
            typer.echo(f"{package.name:<14} {package.title} ({', '.join(package.profiles)})")
        raise typer.Exit


def export(
    format: Annotated[
        list[str], typer.Argument(help="Un format ou plusieurs : csv-excel, xlsx… Voyez --list.")
    ],
    out: Annotated[
        Path, typer.Option("--out", help="Le dossier à remplir ; avec --zip, le fichier à faire.")
    ],
    profile: Annotated[
        str,
        typer.Option("--profile", help="interne (l'équipe), partenaire ou public (à publier)."),
    ] = "interne",
    zipped: Annotated[bool, typer.Option("--zip", help="Un seul fichier ZIP.")] = False,
    snapshot: Annotated[
        str | None,
        typer.Option(
            "--snapshot",
            help="Un instantané déjà pris. Par défaut : le dernier si rien n'a changé, "
            "sinon un nouveau.",
        ),
    ] = None,
    guide: Annotated[
        str | None, typer.Option("--guide", help="Seulement ce questionnaire.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Seulement : experience ou proposal.")
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", help="Seulement ce sujet (son code).")
    ] = None,
    decision: Annotated[
        str | None,
        typer.Option("--decision", help="Seulement : waiting, published, hidden ou binned."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Depuis ce jour, AAAA-MM-JJ.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Jusqu'à ce jour compris.")] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Seulement cette langue, par exemple fr.")
    ] = None,
    origin: Annotated[
        str | None, typer.Option("--origin", help="Seulement ce lien d'arrivée.")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="Vos colonnes, pour le format fusion. Voyez parole fusion."),
    ] = None,
    _listing: Annotated[
        bool,
        typer.Option(
            "--list", help="Dit les formats et leurs profils.", callback=_list, is_eager=True
        ),
    ] = False,
    data: Data = None,
) -> None:
    """Écrit les participations et les contributions, avec leur dictionnaire et un manifeste.

    Exemple : parole export csv-excel --out exports/avril
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.app.texts import open_shelf
    from bot.errors import ExportError
    from bot.settings import load
    from bot.staff import Act
    from exports.confidentiality import Profile
    from exports.fusion.sheet import with_mapping
    from exports.leaving.filters import Filters
    from exports.packages_list import chosen
    from exports.packing import pack, refuse
    from storage.desk.journal import Journal

    logs.set_up("ERROR")
    private_files()
    given = {"guide": guide, "kind": kind, "topic": topic, "decision": decision, "since": since,
             "until": until, "language": language, "origin": origin}  # fmt: skip
    filters = Filters.read({name: value for name, value in given.items() if value is not None})
    packages = chosen(format)
    if mapping is not None:
        packages = with_mapping(packages, mapping)
    if profile not in list(Profile):
        possible = ", ".join(Profile)
        raise ExportError(f"Le profil « {profile} » est inconnu. Possibles : {possible}.")
    refuse(packages, Profile(profile), filters)
    settings = load(data_dir=data)
    memory = open_memory(settings, say, create=False)
    try:
        shelf = open_shelf(settings, memory)
        if snapshot is None:
            known = memory.snapshots.unchanged()
            taken = known or memory.snapshots.take(BY, datetime.now(UTC))
            same = "" if known is None else " Rien n'a changé depuis : il ressert."
            say(f"Instantané {taken.id} : {taken.participations} participations.{same}")
            snapshot = taken.id
        about: dict[str, str | int] = {
            "profile": profile, "snapshot": snapshot,
            "formats": " ".join(package.name for package in packages),
        }  # fmt: skip
        journal = Journal(memory.engine)
        if profile == Profile.PUBLIC and (other := journal.published(unlike=snapshot)):
            say(PUBLISHED.format(other.at[:10], other.about["snapshot"]))
        journal.write(BY, Act.EXPORT_ASKED, about)  # before anything leaves
        packed = pack(
            memory.snapshots.open(snapshot, shelf.of),
            packages,
            Profile(profile),
            filters,
            out,
            software=version("parole"),
            zipped=zipped,
            progress=teller(),
        )
        done: dict[str, str | int] = {
            "sha256": packed.sha256,
            "contributions": packed.manifest.counts.contributions,
        }
        journal.write(BY, Act.EXPORT_MADE, {**about, **done})
    finally:
        memory.close()
    for file in packed.manifest.files:
        rows = "" if file.rows is None else file.rows
        typer.echo(f"{rows:>8}  {file.name if zipped else out / file.name}")
    if zipped:
        typer.echo(f"{out} : SHA-256 {packed.sha256}")
    for warned in packed.manifest.warnings:
        say(f"À savoir : {warned.said}")


def teller() -> Callable[[int, int], None]:
    """Says how far it is, every five hundredths."""
    said = 0

    def tell(done: int, of: int) -> None:
        nonlocal said
        if of and (far := 100 * done // of) >= said + 5:
            said = far
            say(f"{far} %")

    return tell


def snapshots(
    take: Annotated[bool, typer.Option("--take", help="En prend un maintenant.")] = False,
    delete: Annotated[
        str | None,
        typer.Option(
            "--delete", help="Supprime celui-ci : un export publié ne pourra plus être refait."
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Montre les instantanés, d'où viennent les exports.

    Exemple : parole snapshots
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from bot.staff import Act
    from storage.desk.journal import Journal

    logs.set_up("ERROR")
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        journal = Journal(memory.engine)
        if delete is not None:
            memory.snapshots.get(delete)
            journal.write(BY, Act.SNAPSHOT_DELETED, {"snapshot": delete})
            memory.snapshots.delete(delete)
        if take:
            taken = memory.snapshots.take(BY, datetime.now(UTC))
            about: dict[str, str | int] = {
                "snapshot": taken.id,
                "participations": taken.participations,
            }
            journal.write(BY, Act.SNAPSHOT_TAKEN, about)
        left = memory.snapshots.left()
        for one in memory.snapshots.every():
            gone = one.participations - left.get(one.id, 0)
            erased = f", dont {gone} effacées depuis" if gone else ""
            typer.echo(
                f"{one.id}  {one.taken:%Y-%m-%d %H:%M}  {one.taken_by}  "
                f"{one.participations} participations{erased}"
            )
    finally:
        memory.close()
