"""The sockets of this machine: ours to listen on, and that of an understanding server beside us."""

from __future__ import annotations

import contextlib
import errno
import socket
from pathlib import Path

from bot.errors import SettingsError


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SettingsError, with another port or address to try."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        another = "essayez : parole serve --port 8080"
        if error.errno == errno.EADDRINUSE:
            problem = "un autre programme écoute déjà sur ce port"
            remedy = f"Parole tourne peut-être déjà : ouvrez cette adresse. Sinon {another}"
            remedy = remedy.replace("8080", "8081") if port == 8080 else remedy
        elif error.errno == errno.EACCES:
            problem = "ce port est réservé au système"
            remedy = f"Prenez un port au-dessus de 1024, {another}"
        else:
            problem = "cette adresse n'est pas celle de cette machine"
            remedy = "Essayez PAROLE_HOST=127.0.0.1, ou PAROLE_HOST=0.0.0.0 pour toutes"
        raise SettingsError(f"{host}:{port}", problem, remedy) from error
    return listening


def rasa_beside(data_dir: Path) -> str:
    """The address of the understanding server of a `parole serve` beside us; else « off »."""
    for found in sorted(data_dir.absolute().glob("nlu-*.sock")):
        with socket.socket(socket.AF_UNIX) as asking, contextlib.suppress(OSError):
            asking.connect(str(found))
            return f"unix:{found}"
    return "off"
