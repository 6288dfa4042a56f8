# Noms courts ; le travail est dans scripts/ et dans la commande « parole ».
.DEFAULT_GOAL := help
.PHONY: help run test lint check voice train nlu-report audit bench bench-exports bench-desk respondents network lock hostile fuzz canaries drill consent faults

# Many tests wait more than they work: a few more workers than the 2 cores of a small machine.
JOBS ?= 3
COUNT ?= 10000
COMPILED_ONCE = env -u PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX="$(CURDIR)/out/compiled"
SIDE_BY_SIDE = -n $(JOBS) --dist loadfile --no-loadscope-reorder

PREPARE_MODEL = scripts/with-uv .venv/bin/python -m nlu.runner --prepare-only

help: ## affiche cette liste
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

run: ## installe ce qui manque et démarre Parole (ARGS="--port 8080")
	@scripts/prepare app
	@exec scripts/with-uv .venv/bin/parole serve $(ARGS)

test: ## installe ce qu'il faut et lance tous les tests (ARGS="tests/test_settings.py" JOBS=0)
	@scripts/prepare dev
	@$(PREPARE_MODEL)
	@PAROLE_ENV_FILE=/dev/null $(COMPILED_ONCE) scripts/with-uv .venv/bin/python -m pytest $(SIDE_BY_SIDE) -rs $(ARGS)

lint: ## vérifie le style et les types
	@scripts/prepare dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

check: ## vérifie les guides, les phrases, et qu'elles sont en français simple
	@scripts/prepare app
	.venv/bin/parole check --plain

voice: ## installe aussi de quoi écrire les messages vocaux (faster-whisper, sans son modèle)
	@scripts/prepare voice

train: ## entraîne le modèle de langue
	@scripts/prepare app
	@$(PREPARE_MODEL)

nlu-report: ## entraîne le modèle, le juge, et écrit docs/understanding.md (quelques minutes)
	@scripts/prepare dev
	@$(PREPARE_MODEL)
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.nlu_report $(ARGS)

bench: ## mesure la vitesse (plusieurs minutes)
	@scripts/prepare dev
	@$(PREPARE_MODEL)
	@PAROLE_ENV_FILE=/dev/null scripts/with-uv .venv/bin/python -m bench $(ARGS)

faults: ## casse tout et vérifie que rien n'est perdu (des heures ; ARGS="--short --only R2")
	@scripts/prepare dev
	@$(PREPARE_MODEL)
	@PAROLE_ENV_FILE=/dev/null $(COMPILED_ONCE) .venv/bin/python -m bench.faults --long --seeds 1,2,3,4,5 $(ARGS)

bench-exports: ## mesure chaque format d'export sur 100 000 contributions (ARGS="xlsx --dry")
	@scripts/prepare dev
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.exports $(ARGS)

bench-desk: ## mesure le suivi et la recherche du bureau (COUNT=100000)
	@scripts/prepare dev
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.overview $(COUNT)
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.searching --count $(COUNT)

respondents: ## joue 48 personnes entières, exporte, et vérifie que chaque mot y est
	@scripts/prepare dev
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.respondents $(ARGS)

network: ## 100 personnes sur un réseau 2G qui perd 30 % des envois (quelques minutes)
	@scripts/prepare dev
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.network $(ARGS)

audit: ## cherche les failles connues des bibliothèques, écrit leur liste (ARGS=--must-answer)
	@scripts/prepare-audit
	@.venv-audit/bin/python requirements/audit.py $(ARGS)

hostile: ## donne à chaque entrée tout ce qu'elle n'attend pas (une heure ; ARGS="--one-in 10")
	@scripts/prepare dev
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.hostile $(ARGS)

fuzz: ## atheris sur ce que lisent les portes, 1 000 000 d'essais (ARGS="-max_total_time=3600")
	@scripts/prepare-fuzz
	@PAROLE_ENV_FILE=/dev/null .venv-fuzz/bin/python -m bench.fuzzing $(ARGS)

canaries: ## efface 100 personnes sur 200 et cherche leurs mots partout, octet par octet
	@scripts/prepare dev
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.canaries $(ARGS)

drill: ## s'exerce à remettre une sauvegarde en place, et dit le temps (RTO)
	@scripts/prepare dev
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.restore_drill $(ARGS)

consent: ## 10 000 parcours au hasard : rien n'est gardé sans accord (une heure ou plus)
	@scripts/prepare dev
	@PAROLE_ENV_FILE=/dev/null .venv/bin/python -m bench.consent $(ARGS)

lock: ## recalcule les versions figées des bibliothèques
	@scripts/lock
