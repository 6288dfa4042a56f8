"""The second factor: a code of six digits that a telephone shows, new every 30 seconds."""

from __future__ import annotations

import base64
import hmac
import io
import re
from datetime import datetime

import pyotp
import segno

STEP = 30  # seconds
AROUND = (0, -1, 1)  # the steps that open: clocks differ a little


def new_secret() -> str:
    return pyotp.random_base32()


def uri(secret: str, login: str) -> str:
    """What the application of the telephone reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Parole")


def step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The time step whose code was typed, or None."""
    digits = re.sub(r"\s", "", typed)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    current, found = int(now.timestamp()) // STEP, None
    for around in AROUND:
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(current + around), digits):
            found = current + around if found is None else found
    return found


def as_text(uri: str) -> str:
    """The QR code for a terminal."""
    out = io.StringIO()
    segno.make(uri, error="m").terminal(out, compact=True)
    return out.getvalue()


def as_image(uri: str) -> str:
    """The QR code for a page."""
    return f"data:image/svg+xml;base64,{base64.b64encode(as_svg(uri)).decode()}"


def as_svg(uri: str) -> bytes:
    out = io.BytesIO()
    segno.make(uri, error="m").save(out, kind="svg", scale=6, dark="#000", light="#fff")
    return out.getvalue()
