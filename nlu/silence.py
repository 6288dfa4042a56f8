"""Keeps what people write out of every log: Rasa prints each text unless told not to."""

from __future__ import annotations

import logging
import warnings
from importlib import import_module
from typing import Any, NoReturn


def quiet_import() -> None:
    """Call before importing Rasa: the age of its dependencies is not news."""
    warnings.simplefilter("ignore")
    warnings.filterwarnings = _no_filter


def silence() -> None:
    """Call after importing Rasa: its import sets its own logging up."""
    import structlog

    telemetry: Any = import_module("rasa.telemetry")
    # RASA_TELEMETRY_ENABLED=false sends nothing, but would still write in the person's home.
    telemetry.initialize_telemetry = lambda: False
    logging.disable(logging.CRITICAL)
    structlog.configure(
        processors=[_drop],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _drop(*_: Any) -> NoReturn:
    import structlog

    raise structlog.DropEvent


def _no_filter(*_: Any, **__: Any) -> None:
    """Libraries may not turn their warnings on again."""
