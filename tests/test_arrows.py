"""Who may import whom. A red line here is the start of a talk about design, not a table to edit."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("bot", "nlu", "actions", "storage", "exports", "desk")

NOUNS = {"bot.model", "bot.errors"}
GUIDE = {*NOUNS, "bot.guide", "bot.conditions"}
THINKING = {
    *GUIDE, "bot.plain", "bot.answers", "bot.asking", "bot.filling", "bot.flow",
    "bot.third_parties", "bot.keeping",
}  # fmt: skip
WEB = {
    "bot.origins", "bot.channels.web_door", "bot.channels.web_problems",
    "bot.channels.web_reading", "bot.as_typed",
}  # fmt: skip
# What every room of `exports` stands on
EXPORTED = {
    *NOUNS, "bot.curated", "bot.guide", "exports.canonical", "exports.code_names",
    "exports.columns", "exports.confidentiality", "exports.contributions", "exports.on_disk",
    "exports.records", "exports.regions", "exports.runs", "exports.small_numbers",
    "exports.source", "exports.vocabulary",
}  # fmt: skip
FORMATS = {*EXPORTED, "exports.folder", "exports.manifest", "exports.reading_note"}
DESK = {*NOUNS, "bot.staff", "bot.ports", "bot.guide", "desk"}
SPOKEN = {*NOUNS, "bot.ports", "bot.guide", "bot.wording", "bot.reception"}

# A name stands for itself and what is inside it; the first line that fits a module decides.
MAY_USE: dict[str, set[str]] = {
    # The nouns, and what everyone stands on
    "bot.model": set(),
    "bot.errors": set(),
    "bot.curated": {"bot.model"},
    "bot.staff": set(),
    "bot.set_aside": set(),
    "bot.background": set(),
    "bot.as_typed": set(),
    "bot.moderating": {"bot.model", "bot.curated"},
    "bot.finding": {"bot.curated"},
    "bot.ports": {"bot.model"},
    # What thinks: no clock, no database, no network
    "bot.conditions": set(),
    "bot.guide": {"bot.model", "bot.conditions", "bot.plain"},
    "bot.contradictions": {"bot.model", "bot.guide", "bot.conditions", "bot.plain"},
    "bot.yaml_faults": set(),
    "bot.yaml_reading": set(),
    "bot.guide_file": {*GUIDE, "bot.contradictions", "bot.yaml_faults", "bot.yaml_reading"},
    "bot.plain": set(),
    "bot.leaning": {"bot.model", "bot.plain"},
    "bot.nearly": {"bot.guide", "bot.plain"},
    "bot.choosing": {*GUIDE, "bot.plain", "bot.nearly"},
    "bot.agreeing": {"bot.guide", "bot.model", "bot.plain", "bot.leaning"},
    "bot.refraining": {"bot.model", "bot.plain"},
    "bot.asides": {
        *THINKING, "bot.agreeing", "bot.choosing", "bot.privacy", "bot.quoting", "bot.refraining",
    },
    "bot.answers": {*GUIDE, "bot.plain", "bot.leaning", "bot.choosing", "bot.agreeing"},
    "bot.quoting": set(),
    "bot.third_parties": {*GUIDE, "bot.quoting"},
    "bot.titles": GUIDE,
    "bot.asking": {*GUIDE, "bot.answers", "bot.quoting", "bot.third_parties", "bot.titles"},
    "bot.filling": {*GUIDE, "bot.plain", "bot.answers", "bot.asking"},
    "bot.meaning": {*GUIDE, "bot.plain", "bot.leaning", "bot.choosing", "bot.answers",
                    "bot.agreeing"},
    "bot.flow": THINKING - {"bot.keeping"},
    "bot.keeping": THINKING,
    "bot.corrections": THINKING,
    "bot.pauses": THINKING,
    "bot.writing_first": {*GUIDE, "bot.flow"},
    "bot.privacy": THINKING,
    "bot.pieces": {*THINKING, "bot.corrections", "bot.leaning"},
    "bot.afterwards": THINKING,
    "bot.persons": THINKING,
    "bot.locking": {*THINKING, "bot.leaning", "bot.pauses", "bot.persons"},
    "bot.four_words": {"bot.plain"},
    "bot.recalling": {*THINKING, "bot.pauses"},
    "bot.returning": {
        *THINKING, "bot.danger", "bot.locking", "bot.pauses", "bot.persons", "bot.recalling",
    },
    "bot.emergencies": {"bot.model", "bot.plain"},
    "bot.danger": {*THINKING, "bot.corrections", "bot.meaning", "bot.pauses", "bot.emergencies"},
    "bot.moves": {
        *THINKING, "bot.corrections", "bot.danger", "bot.pauses", "bot.quoting", "bot.persons",
        "bot.locking", "bot.afterwards", "bot.pieces",
        "bot.recalling", "bot.returning", "bot.privacy",
    },
    "bot.typed": {
        *THINKING, "bot.choosing", "bot.danger", "bot.pauses", "bot.wording", "bot.afterwards",
    },
    "bot.voices": {*THINKING, "bot.leaning", "bot.meaning", "bot.quoting"},
    "bot.contributions": GUIDE,
    "bot.languages": {"bot.model", "bot.guide", "bot.flow"},
    "bot.engine": {
        *THINKING, "bot.corrections", "bot.moves", "bot.meaning", "bot.contributions",
        "bot.typed", "bot.languages", "bot.leaning", "bot.voices", "bot.persons", "bot.locking",
        "bot.danger", "bot.titles", "bot.afterwards", "bot.pieces", "bot.moderating",
        "bot.recalling", "bot.returning", "bot.asides", "bot.refraining",
        "bot.privacy",
    },
    "bot.wording": {*GUIDE, "bot.emergencies", "bot.quoting", "bot.yaml_reading"},
    "bot.absence": {"bot.model"},
    # What waits
    "bot.reception": {
        *GUIDE, "bot.engine", "bot.ports", "bot.ceiling", "bot.locking", "bot.voices",
        "bot.absence", "bot.coming_back", "bot.drawing", "bot.persons", "bot.recalling",
        "bot.moderating", "bot.writing_first",
    },
    "bot.drawing": {*GUIDE, "bot.four_words", "bot.ports"},
    "bot.coming_back": {
        *GUIDE, "bot.ports", "bot.flow", "bot.four_words", "bot.locking", "bot.returning",
    },
    "bot.listening": {*NOUNS, "bot.ports"},
    "bot.dead_letters": {*GUIDE, "bot.errors", "bot.ports", "bot.flow", "bot.four_words",
                         "bot.locking", "bot.set_aside"},
    "bot.transcribing": {"bot.errors", "bot.ports", "bot.settings"},
    "bot.shelf": {*GUIDE, "bot.guide_file"},
    "bot.readability": set(),
    "bot.frequent": set(),
    "bot.plainness": {"bot.frequent", "bot.plain", "bot.readability"},
    "bot.plain_texts": {"bot.plain", "bot.plainness", "bot.yaml_reading"},
    "bot.plain_check": {
        "bot.errors", "bot.frequent", "bot.plain", "bot.plainness", "bot.plain_texts",
        "bot.yaml_reading",
    },
    "bot.plain_pages": {"bot.plain_texts", "bot.plainness"},
    "bot.plain_turns": {
        "bot.model", "bot.guide", "bot.engine", "bot.plain_texts", "bot.plainness", "bot.wording",
    },
    "bot.checking": {
        "bot.errors", "bot.guide_file", "bot.shelf", "bot.wording", "bot.plain_check",
        "bot.plain_texts", "bot.plain_turns",
    },
    "bot.pace": set(),
    "bot.ceiling": {"bot.errors"},
    "bot.key_age": set(),
    "bot.sender": {*NOUNS, "bot.ports", "bot.pace"},
    "bot.patience": {"bot.errors"},
    "bot.health": {"bot.errors", "bot.ports"},
    "bot.hourly": {"bot.ports"},
    "bot.logs": set(),
    "bot.our_words": {"bot.guide"},
    "bot.network": set(),
    "bot.metrics": {*NOUNS, "bot.ports"},
    "bot.usage": set(),
    "bot.secret_strength": set(),
    "bot.settings": {"bot.errors", "bot.secret_strength"},
    "bot.settings_page": {"bot.settings"},
    "bot.origins": set(),
    "bot.sockets": {"bot.errors"},
    "bot.links": {
        "bot.errors", "bot.origins", "bot.settings", "bot.channels.telegram_api",
    },
    "bot.qr": set(),
    "bot.lettering": set(),
    "bot.poster": {"bot.errors", "bot.guide", "bot.lettering", "bot.links", "bot.qr"},
    "bot.sharing": {"bot.errors", "bot.guide", "bot.links", "bot.poster", "bot.qr"},
    # The doors: a platform's words to ours and back. Only the pages know what is asked.
    "bot.channels.terminal": {"bot.model", "bot.as_typed"},
    "bot.channels.telegram_service": {
        *NOUNS, "bot.ports", "bot.sender", "bot.ceiling", "bot.listening", "bot.patience",
        "bot.channels",
    },
    "bot.channels.telegram": {*NOUNS, "bot.as_typed", "bot.origins", "bot.four_words"},
    "bot.channels.telegram_api": {*NOUNS, "bot.channels.telegram_text"},
    "bot.channels.telegram_doors": {
        *NOUNS, "bot.patience", "bot.channels.telegram", "bot.channels.telegram_api",
    },
    "bot.channels.telegram_text": set(),
    "bot.channels.telegram_floods": {"bot.model"},
    "bot.channels.telegram_voices": {*NOUNS, "bot.channels.telegram"},
    "bot.channels.web": {*SPOKEN, "bot.settings", "bot.channels"},
    "bot.channels.web_talk": {
        *SPOKEN, *WEB, "bot.asking", "bot.ceiling", "bot.key_age", "bot.channels.web_copy",
    },
    "bot.channels.web_copy": {"bot.model", "bot.guide", "bot.channels.web_copy_team"},
    "bot.channels.web_copy_team": {"bot.moderating"},
    "bot.channels.web_api": {*WEB, "bot.channels.web_openapi", "bot.channels.web_talk"},
    "bot.channels.web_page": {
        "bot.errors", *WEB, "bot.channels.web_talk", "bot.channels.web_device",
        "bot.channels.web_static", "bot.channels.web_return",
    },
    "bot.channels.web_return": {
        *WEB, "bot.channels.web_static", "bot.channels.web_talk",
    },
    "bot.channels.web_device": {*WEB, "bot.channels.web_static"},
    "bot.channels.web_openapi": {
        "bot.origins", "bot.channels.web_problems", "bot.channels.web_reading",
    },
    "bot.channels.web_problems": {"bot.errors"},
    "bot.channels.web_reading": {"bot.as_typed", "bot.origins", "bot.channels.web_problems"},
    "bot.channels.web_door": {"bot.channels.web_problems", "bot.network"},
    "bot.channels.web_headers": {"bot.channels.web_problems"},
    "bot.channels.web_static": {"bot.channels.web_problems", "bot.settings"},
    "bot.understood": {*GUIDE, "bot.answers", "bot.meaning", "bot.ports", "nlu"},
    # Where everything meets
    "bot.app": set(OURS),
    "bot.__main__": set(OURS),
    "bot.commands.line": set(),
    "bot.commands.running": set(OURS),
    "bot.commands.trying": set(OURS),
    "bot.commands.said_elsewhere": set(OURS),
    "bot.commands.erasing": set(OURS),
    "bot.commands.purging": set(OURS),
    "bot.commands.backing_up": set(OURS),
    "bot.commands.keys": set(OURS),
    "bot.commands.coding": set(OURS),
    "bot.commands.fusion": set(OURS),
    "bot.commands.platform": set(OURS),
    "bot.commands.exporting": set(OURS),
    "bot.commands.importing": set(OURS),
    "bot.commands.voices": set(OURS),
    "bot.commands.sharing": set(OURS),
    "bot.commands.staff": set(OURS),
    "bot.commands.journal": set(OURS),
    "bot.commands.letters": set(OURS),
    # The other packages
    "nlu": {*NOUNS, "nlu"},
    "actions": {"bot.model", "bot.ports", "actions"},
    "storage.sealing.key_files": {"bot.errors", "bot.secret_strength"},
    "storage": {*NOUNS, "bot.background", "bot.curated", "bot.finding", "bot.staff", "storage"},
    "exports": {*NOUNS, "bot.curated", "bot.guide", "exports"},  # never a database
    "exports.on_disk": {"exports.on_disk"},
    "exports.leaving": {*EXPORTED, "exports.leaving"},
    "exports.tables": {*FORMATS, "exports.tables"},
    "exports.archive": {*FORMATS, "exports.archive", "exports.tables.formats"},
    "exports.civic": {*FORMATS, "exports.civic", "exports.tables"},
    "exports.statistics": {*FORMATS, "exports.statistics", "exports.tables"},
    "exports.coding": {*EXPORTED, "exports.coding", "exports.leaving", "exports.tables"},
    "exports.refi": {*FORMATS, "exports.coding", "exports.leaving", "exports.refi"},
    "exports.fusion": {*FORMATS, "exports.fusion", "exports.packages", "exports.tables"},
    "exports.xlsform": {*FORMATS, "exports.xlsform"},
    "exports.xlsform.conditions": {"bot.conditions"},
    "exports.fusion.alike": {"bot.plain"},
    "exports.fusion.looking": {"bot.errors", "bot.plain", "exports.fusion"},
    "exports.fusion.mapping_file": {
        "bot.errors", "bot.yaml_faults", "bot.yaml_reading", "exports.fusion",
    },
    "desk": {
        *NOUNS, "bot.background", "bot.curated", "bot.finding", "bot.moderating", "bot.set_aside",
        "bot.staff", "bot.ports", "bot.guide", "exports", "desk",
    },
    "desk.signing.proving": {*DESK, "desk", "bot.network"},
    "desk.shell": {*DESK, "bot.channels.web_static", "bot.channels.web_door"},
    "desk.gate": {*DESK, "bot.channels.web_problems"},
    "desk.web": {
        *DESK, "bot.channels.web_headers", "bot.channels.web_problems", "bot.channels.web_reading",
    },
}  # fmt: skip


def modules() -> Iterator[Path]:
    for package in OURS:
        yield from sorted((ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Every module imported, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {_module(node.module or "", one.name) for one in node.names}
    return found


def _module(source: str, name: str) -> str:
    inside = ROOT.joinpath(*source.split("."), name)
    return f"{source}.{name}" if inside.with_suffix(".py").exists() else source


def inside(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(f"{allowed}.")


def rule_for(module: str) -> set[str] | None:
    """What a module may use: its own line, or that of the nearest package around it."""
    while module not in MAY_USE and "." in module:
        module = module.rpartition(".")[0]
    return MAY_USE.get(module)


MODULES = {name_of(path): path for path in modules()}


@pytest.mark.parametrize("module", MODULES)
def test_imports_follow_the_arrows(module):
    path = MODULES[module]
    if path.name == "__init__.py":
        assert not {found for found in imports(path) if found.partition(".")[0] in OURS}
        return
    allowed = rule_for(module)
    assert allowed is not None, f"{module} is new: say in MAY_USE what it may import"
    ours = {found for found in imports(path) if found.partition(".")[0] in OURS}
    strangers = {found for found in ours if not any(inside(found, one) for one in allowed)}
    assert not strangers, f"{module} may not import {sorted(strangers)}"


def test_the_table_names_only_what_exists():
    assert set(MAY_USE) - set(OURS) <= set(MODULES)
    named = {name for allowed in MAY_USE.values() for name in allowed}
    assert named - set(OURS) - {"bot.channels"} <= set(MODULES)


@pytest.mark.parametrize("module", ["bot.model", "bot.errors"])
def test_the_nouns_and_the_errors_stand_alone(module):
    assert imports(MODULES[module]) <= set(sys.stdlib_module_names) | {"collections.abc"}


OUTSIDE = {"asyncio", "socket", "sqlalchemy", "httpx", "fastapi", "telegram", "structlog", "time",
           "random", "secrets"}  # fmt: skip
PURE = ("bot.conditions", "bot.guide", "bot.contradictions", "bot.answers", "bot.asking",
        "bot.meaning", "bot.leaning", "bot.choosing", "bot.filling", "bot.flow", "bot.corrections",
        "bot.pauses", "bot.plain", "bot.quoting", "bot.moves", "bot.contributions", "bot.languages",
        "bot.voices", "bot.pieces", "bot.recalling", "bot.returning", "bot.engine",
        "bot.agreeing", "bot.refraining", "bot.asides", "bot.nearly",
        "bot.writing_first")  # fmt: skip


@pytest.mark.parametrize("module", PURE)
def test_what_thinks_touches_nothing(module):
    assert not {found.partition(".")[0] for found in imports(MODULES[module])} & OUTSIDE
    text = MODULES[module].read_text("utf-8")
    assert "async def" not in text
    assert "datetime.now" not in text


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("exports")])
def test_exports_never_see_a_database(module):
    assert "sqlalchemy" not in {found.partition(".")[0] for found in imports(MODULES[module])}
