"""How well French is understood: python -m bench.nlu_report [--model FOLDER] [--docs FOLDER]

Trains from nothing, starts the real server, hears every sentence kept apart as a conversation
would, and writes docs/understanding.md with its pictures. With --model, that model is measured
and nothing is trained.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import number
from bench.nlu_report import alarms, context, cost, entities, page, picture, served, sets
from bench.nlu_report.heard import Ears, Once, listened
from bench.nlu_report.measured import ByHand, Measured
from bench.nlu_report.scores import bins, by_intent
from bench.nlu_report.sets import Hand
from bench.server import ROOT, Server
from bench.understood import kept_apart, score_language, score_personal
from bench.understood_profile import score_choices
from nlu.rasa import Rasa
from nlu.seal import MODEL


def by_hand(hand: Hand, ears: Ears, rules: Ears) -> ByHand:
    return ByHand(
        hand.name,
        ears.model_guesses(hand),
        ears.chain_guesses(hand),
        context.play(hand, ears.heard),
        alarms.count(hand, rules.heard),
        alarms.count(hand, ears.heard),
    )


async def heard_and_timed(
    hands: tuple[Hand, ...], socket: Path, server: Server
) -> tuple[Ears, Ears, cost.Cost]:
    """The whole chain's ears, those of the rules alone, and what hearing costs."""
    rasa = Rasa(socket=socket, timeout=30)
    spent = await cost.measure(rasa, server)
    once = Once(socket)
    ears, rules = await listened(once, hands), await listened(None, hands)
    await once.close()
    await rasa.close()
    return ears, rules, spent


def measure(scratch: Path, model: Path | None) -> Measured:
    """Everything, each step told as it begins."""
    hands, training, load = sets.hands(), None, os.getloadavg()[0]
    if model is None:
        model = scratch / "model"
        print("Entraînement…", flush=True)
        training = served.train(model)
        print(f"Entraînement : {training:.1f} s sur {os.cpu_count()} cœurs.", flush=True)
    with served.serving(model, socket := scratch / "nlu.sock") as (server, start):
        print(f"Serveur prêt en {start:.1f} s. Lecture des jeux…", flush=True)
        ears, rules, spent = asyncio.run(heard_and_timed(hands, socket, server))
    profiles = sets.files("entities")
    return Measured(
        on=datetime.now(UTC).date().isoformat(),
        machine=f"{os.cpu_count()} cœurs, Python {platform.python_version()}, "
        f"charge de la machine au début {number(load, 1)}",
        sizes=sets.sizes(),
        trained_on={intent: len(said) for intent, said in sets.training().items()},
        training=training,
        start=start,
        model_size=(model / MODEL).stat().st_size,
        hands=tuple(by_hand(hand, ears, rules) for hand in hands),
        fields={hand: entities.score(kept_apart(file)) for hand, file in profiles.items()},
        choices={hand: score_choices(kept_apart(file), ears) for hand, file in profiles.items()},
        language={
            hand: score_language(cases=kept_apart(file))
            for hand, file in sets.files("language").items()
        },
        personal={hand: score_personal(file) for hand, file in sets.files("personal").items()},
        cost=spent,
    )


def write(measured: Measured, docs: Path) -> None:
    """The page and its pictures."""
    images = docs / "images"
    images.mkdir(parents=True, exist_ok=True)
    ours = measured.hands[0]
    (images / page.CALIBRATION).write_text(picture.calibration(bins(ours.model)), "utf-8")
    (images / page.INTENTS).write_text(picture.intents(by_intent(ours.chain)), "utf-8")
    (docs / "understanding.md").write_text(page.page(measured), "utf-8")


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.nlu_report", description=__doc__)
    asked.add_argument("--model", type=Path, help="un modèle déjà entraîné")
    asked.add_argument("--docs", type=Path, default=ROOT / "docs", help="où écrire la page")
    given = asked.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="parole-") as scratch:
        measured = measure(Path(scratch), given.model and given.model.absolute())
    write(measured, given.docs)
    print(f"{given.docs / 'understanding.md'} est écrit, en {time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
