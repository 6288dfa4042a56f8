"""How fast nearly identical texts are found between two channels, and how many are missed.

python -m bench.alike            20 000 of ours, 20 000 of the platform
python -m bench.alike 2000       as many on each side
    python -m bench.alike 100000 within   copies of 50 campaigns among 100 000 of ours, in groups
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections import Counter, defaultdict

from bench.searching import texts as real
from exports.fusion.alike import alike
from storage.moderation.nearly import groups

HEADS = ("Il faudrait", "Je propose de", "Nous voulons", "On devrait", "Mon équipe demande de")
VERBS = ("augmenter", "former", "écouter", "recruter", "remplacer", "protéger", "payer", "réunir")
WHOM = (
    "les éducateurs", "les aides à domicile", "les familles", "les stagiaires", "les moniteurs",
    "les personnes accompagnées", "les chefs de service", "les veilleurs de nuit",
)  # fmt: skip
WHERE = ("en MECS", "à domicile", "dans les petites communes", "en foyer", "à l'hôpital", "en IME")
WHY = (
    "parce que les départs sont trop nombreux", "pour que chacun soit entendu",
    "car la fatigue gagne tout le monde", "sinon personne ne restera",
    "afin de garder le sens du métier", "et le dire dans chaque réunion",
)  # fmt: skip


def text(draw: random.Random) -> str:
    """Two to six sentences out of the same few words: the hardest case for blocking."""
    sentences = [
        f"{draw.choice(HEADS)} {draw.choice(VERBS)} {draw.choice(WHOM)} {draw.choice(WHERE)} "
        f"{draw.choice(WHY)}, {draw.randrange(1, 400)} fois par an."
        for _ in range(draw.randrange(2, 7))
    ]
    return " ".join(sentences)


def typed_again(written: str, draw: random.Random) -> str:
    """The same text with a few slips: letters lost, a word added."""
    letters = list(written)
    for _ in range(max(2, len(letters) // 60)):
        del letters[draw.randrange(len(letters))]
    words = "".join(letters).split()
    words.insert(draw.randrange(len(words)), draw.choice(("vraiment", "aussi", "enfin")))
    return " ".join(words)


def measured(size: int) -> str:
    """Two channels that say different things with the same words, and 500 copies with slips."""
    draw = random.Random(7)
    theirs = [text(draw) for _ in range(size)]
    ours = [text(draw) for _ in range(size)]
    copies = range(0, size, max(size // 500, 1))
    for n in copies:
        ours[n] = typed_again(theirs[-n - 1], draw)
    before = time.process_time()
    found = {
        one.ours
        for one in alike(
            ((f"P-{n}", one) for n, one in enumerate(ours)),
            ((f"plateforme:{n}", one) for n, one in enumerate(theirs)),
        )
    }
    seconds = time.process_time() - before
    caught = sum(f"P-{n}" in found for n in copies)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{size} x {size} textes : {seconds:.1f} s de calcul, {memory:.0f} Mio au plus, "
        f"{caught} copies fautives retrouvées sur {len(copies)}, {len(found)} en tout."
    )


def within(size: int) -> str:
    """One channel, in which 2 000 are copies of 50 campaign texts, half of them with slips."""
    draw = random.Random(7)
    words = " ".join(real()).split()
    ours = [" ".join(draw.choices(words, k=draw.randint(15, 70))) for _ in range(size)]
    campaigns = [text(draw) for _ in range(50)]
    copies: dict[int, int] = {}
    for n in range(0, size, max(size // 2000, 1)):
        copies[n] = draw.randrange(50)
        said = campaigns[copies[n]]
        ours[n] = typed_again(said, draw) if draw.random() < 0.5 else said
    before = time.process_time()
    found = groups(lambda: ((n, "", one) for n, one in enumerate(ours)), ours.__getitem__)
    seconds = time.process_time() - before
    where = {n: place for place, group in enumerate(found) for n in group}
    by: dict[int, Counter[int | None]] = defaultdict(Counter)
    for n, campaign in copies.items():
        by[campaign][where.get(n)] += 1
    caught = sum(one.most_common(1)[0][1] for one in by.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{size} textes : {seconds:.1f} s de calcul, {memory:.0f} Mio au plus, "
        f"{len(found)} groupes, {caught} copies sur {len(copies)} dans le groupe de leur campagne."
    )


if __name__ == "__main__":
    measure = within if "within" in sys.argv[2:] else measured
    print(measure(int(sys.argv[1]) if sys.argv[1:] else 20_000))
