"""The command line, `parole`."""

from __future__ import annotations

import sys

import typer

from bot import logs, usage
from bot.commands.backing_up import backup, restore
from bot.commands.coding import codes
from bot.commands.erasing import erase
from bot.commands.exporting import export, snapshots
from bot.commands.fusion import fusion
from bot.commands.importing import bring_back
from bot.commands.journal import journal
from bot.commands.keys import key
from bot.commands.letters import letters
from bot.commands.line import say
from bot.commands.platform import platform
from bot.commands.purging import purge
from bot.commands.running import migrate, serve, talk
from bot.commands.sharing import link, origins
from bot.commands.staff import staff
from bot.commands.trying import check, understand
from bot.commands.voices import transcribed, voices
from bot.errors import ParoleError

app = typer.Typer(
    name="parole",
    cls=usage.Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Parole : contribuer à une consultation publique en discutant, en français simple.\n\n"
    "Les réglages viennent de l'environnement (PAROLE_…) ou du fichier .env.\n\n"
    "Exemple : parole serve --port 8080",
)
# In the order of the help page.
COMMANDS = (
    serve, talk, check, understand, export, snapshots, bring_back, voices, transcribed, link,
    origins, journal, letters, erase, purge, backup, restore, migrate,
)  # fmt: skip
NAMES: dict[object, str] = {bring_back: "import"}  # a word of Python
for command in COMMANDS:
    app.command(NAMES.get(command), cls=usage.Command)(command)
app.add_typer(codes)
app.add_typer(fusion)
app.add_typer(key)
app.add_typer(platform)
app.add_typer(staff)


def main() -> None:
    """Run a command; an error of ours is a sentence, any other is its kind and its path.

    Caught here: typer puts a hook of its own before ours, and it writes what the error says.
    """
    logs.last_words()
    if any("\udc80" <= sign <= "\udcff" for word in sys.argv for sign in word):
        say("Un mot de la commande n'est pas écrit en UTF-8. Retapez-le, ou renommez le fichier.")
        sys.exit(2)
    try:
        sys.exit(app(standalone_mode=False))
    except ParoleError as error:
        say(usage.told(error, sys.argv))
    except typer.TyperException as error:
        say(error.message if "\n" in error.message else usage.problem(error))
    except typer.Abort:  # Ctrl-C, or Ctrl-D instead of an answer
        say("La commande est arrêtée.")
        sys.exit(1)
    except Exception as error:  # its text may quote somebody
        logs.last_word(error)
        sys.exit(1)
    sys.exit(2)


if __name__ == "__main__":
    main()
