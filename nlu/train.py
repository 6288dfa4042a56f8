"""Trains the model: python -m nlu.train --out FOLDER (in the environment of nlu/pyproject.toml).

Writes parole.tar.gz, its SHA-256 beside it, and the digest of what it was trained from: an
unchanged digest means there is nothing to do.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from nlu.seal import INPUTS, MODEL, SEAL, digest_of, sha256, trained_from
from nlu.silence import quiet_import, silence

ROOT = Path(__file__).parent.parent
SCRATCH = "training-"


def train(out: Path) -> None:
    """Write the model, then its seal, then the digest of its inputs; each whole or not at all."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    quiet_import()
    import nlu.without_tensorflow  # noqa: F401, I001  must come before anything of Rasa
    import rasa.model_training

    silence()
    out.mkdir(parents=True, exist_ok=True)
    for left in out.glob(f"{SCRATCH}*"):  # by a training that was killed
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=out, prefix=SCRATCH) as scratch:
        os.environ["RASA_CACHE_DIRECTORY"] = str(Path(scratch) / "cache")
        with contextlib.redirect_stdout(io.StringIO()):
            made = rasa.model_training.train_nlu(
                config=str(ROOT / "config.yml"),
                domain=str(ROOT / "nlu" / "domain.yml"),
                nlu_data=str(ROOT / "nlu" / "data"),
                output=scratch,
                fixed_model_name="parole",
            )
        if not made:
            sys.exit("La compréhension n'a pas pu être préparée : voir nlu/data et config.yml.")
        (out / INPUTS).unlink(missing_ok=True)
        Path(made).replace(out / MODEL)
    (out / SEAL).write_text(f"{sha256(out / MODEL)}  {MODEL}\n", encoding="ascii")
    (out / INPUTS).write_text(f"{digest_of(ROOT)}\n", encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(prog="nlu.train", description="Entraîne le modèle.")
    parser.add_argument("--out", type=Path, required=True, help="dossier où écrire le modèle")
    parser.add_argument("--force", action="store_true", help="entraîner même si rien n'a changé")
    asked = parser.parse_args()
    if not asked.force and trained_from(asked.out) == digest_of(ROOT):
        print("Le modèle est à jour.")
        return
    train(asked.out)
    print("Le modèle est prêt.")


if __name__ == "__main__":
    main()
