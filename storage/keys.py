"""The master key, what is derived from it, and the key of each conversation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import DatabaseUnfit
from storage.recent import Recent

FORMAT = b"\x01"  # first byte of everything sealed: AES-256-GCM, nonce of 12 bytes
REMEMBERED = 4096  # unwrapped keys kept in memory


class Cipher:
    """Seals bytes, each time bound to the place where they are stored."""

    __slots__ = ("_aes",)

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def seal(self, plain: bytes, where: str) -> bytes:
        nonce = os.urandom(12)
        return FORMAT + nonce + self._aes.encrypt(nonce, plain, where.encode())

    def unseal(self, sealed: bytes, where: str) -> bytes:
        """What was sealed at this very place. Raises DatabaseUnfit for anything else."""
        if sealed[:1] == FORMAT:
            try:
                return self._aes.decrypt(sealed[1:13], sealed[13:], where.encode())
            except (InvalidTag, ValueError):
                pass
        raise DatabaseUnfit(
            f"Une valeur chiffrée ({where.partition('|')[0]}) ne s'ouvre pas : elle a été modifiée "
            "ou vient d'une autre clé. Remettez une sauvegarde et la clé qui va avec."
        )


class Keys:
    """Everything the master key opens. Safe to share between threads."""

    def __init__(self, master: bytes) -> None:
        if len(master) != 32:
            raise DatabaseUnfit("La clé maîtresse doit faire 32 octets.")
        self._wrapping = Cipher(_derived(master, "wrap"))
        self.farewells = Cipher(_derived(master, "farewells"))
        self.staff = Cipher(_derived(master, "staff"))
        self.salts = Cipher(_derived(master, "salts"))
        self.outside = Cipher(_derived(master, "outside"))
        self._tries = _derived(master, "tries")
        self._doors = _derived(master, "doors")
        self._messages = _derived(master, "messages")
        self._traces = _derived(master, "traces")
        self._codes = _derived(master, "codes")
        self._openings = _derived(master, "openings")
        self._returns = _derived(master, "returns")
        self._tries = _derived(master, "tries")
        self.check = _derived(master, "check").hex()  # tells a right key from a wrong one
        self._open: Recent[Cipher] = Recent(REMEMBERED)

    def door(self, channel: str, sender: str) -> str:
        return _keyed(self._doors, f"{channel}\0{sender}")

    def message(self, door: str, message: str) -> str:
        return _keyed(self._messages, f"{door}{message}")

    def tries(self, of: str) -> str:
        """Whose sign-ins are counted: an account or an address."""
        return _keyed(self._tries, of)

    def trace(self, conversation: str) -> str:
        return _keyed(self._traces, conversation)

    def code(self, conversation: str, digits: str) -> str:
        return _keyed(self._codes, f"{conversation}\0{digits}")

    def token(self, guide: str, opening: str) -> str:
        """The token that an opening id stands for: 256 bits, in 43 letters of an address."""
        drawn = bytes.fromhex(_keyed(self._openings, f"{guide}\0{opening}"))
        return base64.urlsafe_b64encode(drawn).decode().rstrip("=")

    def returning(self, words: str) -> str:
        """Of a return code; without the key, the words cannot be found back."""
        return _keyed(self._returns, words)

    def trying(self, who: str) -> str:
        return _keyed(self._tries, who)

    def new(self, conversation: str) -> tuple[Cipher, bytes]:
        """A key for a new conversation: ready to use, and wrapped to be stored."""
        key = AESGCM.generate_key(256)
        wrapped = self._wrapping.seal(key, f"secrets.wrapped|{conversation}")
        return self._remember(conversation, wrapped, key), wrapped

    def cipher(self, conversation: str, wrapped: bytes) -> Cipher:
        """The key of a conversation, unwrapped."""
        known = self._open.get(conversation, wrapped)
        if known is not None:
            return known
        key = self._wrapping.unseal(wrapped, f"secrets.wrapped|{conversation}")
        return self._remember(conversation, wrapped, key)

    def once(self, conversation: str, wrapped: bytes) -> Cipher:
        """The same, for who reads everybody: those who talk now stay the ones remembered."""
        known = self._open.get(conversation, wrapped)
        if known is not None:
            return known
        return Cipher(self._wrapping.unseal(wrapped, f"secrets.wrapped|{conversation}"))

    def drop(self, conversation: str) -> None:
        """Forget the key of an erased conversation."""
        self._open.drop(conversation)

    def _remember(self, conversation: str, wrapped: bytes, key: bytes) -> Cipher:
        cipher = Cipher(key)
        self._open.put(conversation, wrapped, cipher)
        return cipher


def _derived(master: bytes, use: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"parole {use}".encode()).derive(master)


def _keyed(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
