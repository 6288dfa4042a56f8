"""What a model was made from, and whether it is still the file that was made."""

from __future__ import annotations

import hashlib
from pathlib import Path

MODEL, SEAL, INPUTS = "parole.tar.gz", "parole.tar.gz.sha256", "parole.inputs"
MADE_FROM = (
    "config.yml",
    "nlu/domain.yml",
    "nlu/requirements.txt",
    "nlu/words.py",
    "nlu/data/*.yml",
    "nlu/components/*.py",
    "nlu/gazetteers/jobs.csv",
)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def digest_of(root: Path) -> str:
    """One digest for every file the model is trained from, names included."""
    digest = hashlib.sha256()
    for pattern in MADE_FROM:
        for path in sorted(root.glob(pattern)):
            digest.update(f"{path.relative_to(root).as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()


def trained_from(folder: Path) -> str | None:
    """The digest of the inputs of the model in this folder, or None without a whole model."""
    if not all((folder / name).is_file() for name in (MODEL, SEAL, INPUTS)):
        return None
    return (folder / INPUTS).read_text(encoding="ascii").strip()


def problem_with(folder: Path) -> str | None:
    """Why the model of this folder cannot be trusted, as a French sentence, or None."""
    model, seal = folder / MODEL, folder / SEAL
    again = "Relancez l'entraînement (make train)."
    if not model.is_file():
        return f"Le modèle {MODEL} est absent. {again}"
    if not seal.is_file():
        return f"L'empreinte {SEAL} est absente : le modèle ne peut pas être vérifié. {again}"
    expected = seal.read_text(encoding="ascii", errors="replace").split(maxsplit=1)
    if not expected or sha256(model) != expected[0]:
        return f"Le modèle {MODEL} a été modifié : il n'est pas chargé. {again}"
    return None
