"""Local engines that write down a voice message. Nothing leaves the machine."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from bot.errors import SettingsError, TranscriptionError
from bot.ports import Transcriber
from bot.settings import Settings


class FasterWhisper:
    """A Whisper model converted for CTranslate2. Ogg and Opus are decoded by PyAV, beside it."""

    def __init__(self, model: Path) -> None:
        self._path = model
        self._model: Any = None

    def load(self) -> None:
        """Read the model, once: some seconds and some hundred megabytes."""
        if self._model is not None:
            return
        try:
            whisper = import_module("faster_whisper")
            self._model = whisper.WhisperModel(
                str(self._path), device="cpu", compute_type="int8", local_files_only=True
            )
        except Exception as error:
            raise TranscriptionError(f"faster-whisper : {type(error).__name__}.") from error

    def transcribe(self, octets: bytes) -> str:
        """The words, in the language spoken; empty for a silence."""
        self.load()
        try:
            segments, _ = self._model.transcribe(BytesIO(octets), vad_filter=True)
            return " ".join(text for one in segments if (text := one.text.strip()))
        except Exception as error:
            raise TranscriptionError(f"faster-whisper : {type(error).__name__}.") from error


def chosen(settings: Settings) -> Transcriber | None:
    """The engine of the settings, not loaded yet; None when it is off. Raises SettingsError."""
    if settings.transcriber == "off":
        return None
    if find_spec("faster_whisper") is None:
        raise SettingsError(
            "PAROLE_TRANSCRIBER", "faster-whisper n’est pas installé", "Lancez : make voice"
        )
    model = settings.transcriber_model
    if model is None or not (model / "model.bin").is_file():
        raise SettingsError(
            "PAROLE_TRANSCRIBER_MODEL",
            "il faut le dossier d’un modèle, avec son fichier model.bin",
            "Par exemple : PAROLE_TRANSCRIBER_MODEL=/var/lib/parole/whisper-small",
        )
    return FasterWhisper(model)
