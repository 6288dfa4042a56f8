"""Words that need no model: listed words and short phrases, and Telegram's slash commands.

A phrase is listed only where it can mean one thing whatever is being asked.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.model import Entity
from nlu import untrained
from nlu.words import plain


class Command(NamedTuple):
    """What an exact command means; `number` is the answer that « corriger 3 » is about."""

    intent: str
    entities: tuple[Entity, ...] = ()


COMMANDS: dict[str, tuple[str, ...]] = {
    "greet": ("bonjour", "bonsoir", "salut", "coucou", "hello", "bjr", "slt", "bsr", "cc", "hey"),
    "goodbye": (
        "au revoir", "aurevoir", "à bientôt", "bye", "bye bye", "ciao", "bonne journée",
        "bonne soirée", "bonne nuit", "à plus", "à plus tard", "à demain",
    ),
    "thanks": (
        "merci", "merci beaucoup", "merci bien", "merci à vous", "mci", "mrc", "merci bcp",
        "je vous remercie", "ok merci", "un grand merci",
    ),
    "affirm": (
        "oui", "ouais", "ouai", "ouaip", "ouep", "ui", "wi", "yes", "yep", "ok", "okay", "oki",
        "okk", "ok d'accord", "d'accord", "daccord", "dac", "dacc", "oui oui", "oui merci",
        "oui d'accord", "bien sûr", "oui bien sûr", "tout à fait", "absolument", "exactement",
        "c'est ça", "oui c'est ça", "c'est exact", "j'accepte", "oui j'accepte", "volontiers",
        "ça marche", "ça me va", "entendu", "je suis d'accord", "je veux bien", "je confirme",
        "avec plaisir", "pas de problème", "pas de souci", "évidemment", "parfait", "oui svp",
        "oui s'il vous plaît", "carrément", "allez-y", "vas-y",
    ),
    "deny": (
        "non", "nan", "nn", "nope", "no", "naan", "non merci", "non non", "pas du tout",
        "non pas du tout", "pas d'accord", "je ne suis pas d'accord", "je suis pas d'accord",
        "je refuse", "surtout pas", "ce n'est pas ça", "c'est pas ça", "certainement pas",
        "absolument pas", "je n'accepte pas", "je ne veux pas", "je veux pas", "bah non", "ben non",
        "hors de question", "pas question",
    ),
    "dont_know": (
        "je ne sais pas", "je sais pas", "jsais pas", "jsp", "nsp", "jss pas", "chais pas",
        "ché pas", "chépa", "ne sait pas", "ne sais pas", "sais pas", "aucune idée",
        "pas d'idée", "je n'ai pas d'avis", "pas d'avis", "sans avis", "je n'en sais rien",
        "j'en sais rien", "je ne sais pas trop", "je sais pas trop", "je sais plus",
        "je ne sais plus", "sans opinion",
    ),
    "prefer_not": (
        "je préfère ne pas répondre", "je préfère ne pas le dire", "préfère ne pas répondre",
        "je ne souhaite pas répondre", "je ne veux pas répondre", "je veux pas répondre",
        "je préfère pas", "sans réponse", "c'est privé", "c'est personnel", "joker",
        "ça ne vous regarde pas", "je préfère pas répondre",
    ),
    "help": (
        "aide", "?", "??", "???", "help", "aidez-moi", "aide-moi", "besoin d'aide",
        "j'ai besoin d'aide", "comment ça marche", "comment faire", "que dois-je faire", "menu",
        "commandes", "options", "mode d'emploi",
    ),
    "repeat": (
        "répéter", "répète", "répétez", "pardon", "hein", "redis", "redites", "quoi",
        "encore une fois", "répéter la question", "répétez la question", "quelle question",
        "quelle était la question", "c'est quoi la question", "pouvez-vous répéter",
        "vous pouvez répéter", "relire la question",
    ),
    "simpler": (
        "simple", "plus simple", "plus simplement", "simplifier", "simplifiez", "falc",
        "facile à lire", "trop compliqué", "c'est trop compliqué", "je ne comprends pas",
        "je comprends pas", "j'ai pas compris", "je n'ai pas compris", "pas compris",
        "reformuler", "reformulez", "plus facile", "c'est pas clair", "mots simples",
    ),
    "go_back": (
        "retour", "précédent", "précédente", "question précédente", "revenir", "en arrière",
        "revenir en arrière", "retour en arrière", "la question d'avant", "back",
    ),
    "correct": (
        "corriger", "corrige", "corrigez", "correction", "modifier", "modifie",
        "modifier ma réponse", "corriger ma réponse", "changer ma réponse", "rectifier",
        "corriger une réponse", "modifier une réponse", "je me suis trompé",
        "je me suis trompée",
    ),
    "skip": (
        "passer", "passe", "passez", "je passe", "suivant", "suivante", "question suivante",
        "passer la question", "passer cette question", "skip", "next", "sauter", "zapper",
        "la suite", "suite",
    ),
    "pause": (
        "pause", "plus tard", "pas maintenant", "faire une pause", "une pause",
        "je reviens", "je reprendrai plus tard", "je continue plus tard",
        "je continuerai plus tard", "je finirai plus tard", "attendez", "suspendre",
    ),
    "resume": (
        "reprendre", "continuer", "on reprend", "je reprends", "reprenons", "on continue",
        "continuons", "je continue", "poursuivre", "je suis de retour", "me revoilà",
    ),
    "restart": (
        "recommencer", "tout recommencer", "recommencer à zéro", "recommencer au début",
        "recommencer depuis le début", "repartir de zéro", "reprendre à zéro", "restart",
        "reset", "remettre à zéro", "retour au début",
    ),
    "finish": (
        "terminer", "fini", "j'ai fini", "c'est fini", "terminé", "j'ai terminé", "c'est tout",
        "voilà c'est tout", "ce sera tout", "finir", "g fini", "jai fini", "c fini", "c tout",
        "terminer maintenant", "finir maintenant", "rien à ajouter", "je n'ai rien à ajouter",
        "rien d'autre", "fin", "envoyer",
    ),
    "stop": (
        "stop", "arrêter", "arrête", "arrêtez", "j'arrête", "je veux arrêter", "on arrête",
        "tout arrêter", "quitter", "abandonner", "j'abandonne", "je ne veux plus participer",
        "se désinscrire", "me désinscrire", "désinscription", "désabonnement",
        "laissez-moi tranquille",
    ),
    "ask_why": (
        "pourquoi", "pk", "pkoi", "pq", "pourquoi ça", "pourquoi cette question", "à quoi ça sert",
        "pour quoi faire", "pourquoi vous demandez ça", "dans quel but",
    ),
    "ask_privacy": (
        "données personnelles", "mes données", "mes données personnelles", "données",
        "confidentialité", "vie privée", "rgpd", "c'est anonyme", "est-ce anonyme",
        "est-ce que c'est anonyme", "c'est confidentiel", "qui va lire mes réponses",
        "que faites-vous de mes réponses", "que deviennent mes réponses",
    ),
    "ask_who": (
        "qui êtes-vous", "vous êtes qui", "qui est-ce", "t'es qui", "tu es qui", "qui es-tu",
        "c'est qui", "qui parle", "c'est quoi le cese", "qui organise", "à propos",
        "qui organise la consultation",
    ),
    "bot_challenge": (
        "êtes-vous un robot", "vous êtes un robot", "es-tu un robot", "tu es un robot",
        "t'es un robot", "c'est un robot", "t'es un bot", "êtes-vous humain",
        "vous êtes humain", "robot", "je parle à un robot", "êtes-vous une ia",
    ),
    "human_contact": (
        "parler à quelqu'un", "je veux parler à quelqu'un", "parler à un humain",
        "parler à une personne", "je veux parler à un humain", "un humain", "humain", "contact",
        "contacter quelqu'un", "vous contacter", "un conseiller", "une vraie personne",
    ),
    "delete_my_data": (
        "effacer", "effacer tout", "tout effacer", "effacez tout", "efface tout",
        "effacer mes données", "supprimer mes données", "supprimez mes données", "supprimer",
        "supprimer tout", "tout supprimer", "supprimez tout", "effacer mes réponses",
        "supprimer mes réponses", "droit à l'oubli", "droit à l'effacement",
        "effacez mes données", "supprimer mon compte", "supprime tout", "je retire mon accord",
        "retirer mon accord", "je retire mon consentement", "retirer mon consentement",
    ),
    "my_answers": (
        "mes réponses", "voir mes réponses", "relire mes réponses", "mes reponse",
        "montrez-moi mes réponses", "afficher mes réponses", "récapitulatif", "récap",
        "revoir mes réponses", "consulter mes réponses", "qu'est-ce que j'ai répondu",
    ),
    "status_of_consultation": (
        "où en est la consultation", "quand finit la consultation", "date de fin", "date limite",
        "calendrier", "les résultats", "résultats", "quand aura-t-on les résultats",
        "c'est jusqu'à quand", "jusqu'à quand", "combien de participants",
    ),
    "give_profile": ("mon profil", "modifier mon profil", "donner mon profil"),
    "share_experience": (
        "témoigner", "je veux témoigner", "mon expérience", "raconter mon expérience",
        "partager mon expérience", "donner mon expérience",
    ),
    "make_proposal": (
        "proposer", "ma proposition", "faire une proposition", "je veux faire une proposition",
        "une proposition", "j'ai une proposition", "j'ai une idée", "proposer une idée",
    ),
    "distress_self": (
        "je veux mourir", "j'ai envie de mourir", "je veux me suicider", "je vais me suicider",
        "je veux en finir", "au secours", "sos", "suicide", "je suis en danger",
        "je n'ai plus envie de vivre", "je ne veux plus vivre", "je veux me tuer",
    ),
    "danger_other": (
        "enfant en danger", "un enfant est en danger", "quelqu'un est en danger",
        "signaler une maltraitance", "signaler un danger", "maltraitance",
    ),
    "insult": (
        "connard", "connasse", "ta gueule", "tg", "ftg", "fdp", "va te faire foutre", "salope",
        "enculé", "imbécile", "abruti", "crétin", "merde",
    ),
    "out_of_scope": ("test", "azerty", "blabla", "lol", "mdr", "ptdr", "haha"),
}  # fmt: skip

SLASH: dict[str, str] = {
    "/start": "greet", "/aide": "help", "/help": "help", "/retour": "go_back", "/passer": "skip",
    "/pause": "pause", "/reprendre": "resume", "/reponses": "my_answers", "/corriger": "correct",
    "/terminer": "finish", "/stop": "stop", "/effacer": "delete_my_data", "/simple": "simpler",
    "/pourquoi": "ask_why", "/qui": "ask_who", "/donnees": "ask_privacy",
    "/humain": "human_contact", "/recommencer": "restart",
}  # fmt: skip

LONGEST = 60
SLASHED = re.compile(r"(/[a-z]+)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
NUMBERED = re.compile(
    r"(?:corriger|corrige|corrigez|modifier|modifie|changer|change)"
    r"(?: (?:la|ma|le|les))?(?: (?:question|reponse|numero|no|n))* (\d{1,2})"
)
MARKS = {phrase for phrases in COMMANDS.values() for phrase in phrases if not plain(phrase)}
EXACT = {
    plain(phrase): intent
    for intent, phrases in COMMANDS.items()
    for phrase in phrases
    if phrase not in MARKS
}
BEFORE = re.compile(r"^(?:(?:ok|bon|alors|allez|euh|bah|ben|mais|et|la) )+")
EVEN_AFTER = ("stop", "delete_my_data")  # « ok stop », « bon effacez tout »
POLITE = re.compile(r" (?:svp|stp|s il vous plait|s il te plait)$")


def find(text: str) -> Command | None:
    """The command that these words are, all of them, or None."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        return None
    if slashed := SLASHED.fullmatch(said.lower()):
        return _slash(text, slashed[1], slashed[2] or "")
    if said in MARKS:
        return Command("help")
    words = POLITE.sub("", plain(said))
    if intent := EXACT.get(words):
        return Command(intent)
    if (intent := EXACT.get(BEFORE.sub("", words))) in EVEN_AFTER:
        return Command(intent)
    if wish := untrained.find(words):
        return Command(wish)
    return _numbered(text, words)


def _slash(text: str, name: str, rest: str) -> Command | None:
    intent = SLASH.get(name) or untrained.SLASH.get(name)
    if intent == "correct" and rest:
        return _numbered(text, f"corriger {plain(rest)}") or Command(intent)
    return Command(intent) if intent else None


def _numbered(text: str, words: str) -> Command | None:
    """« corriger 3 », « modifier la réponse n° 3 »."""
    found = NUMBERED.fullmatch(words)
    where = re.search(r"\d+", text)
    if not found or not where or int(found[1]) == 0:
        return None
    number = str(int(found[1]))
    return Command(
        "correct", (Entity("number", number, number, where[0], where.start(), where.end()),)
    )
