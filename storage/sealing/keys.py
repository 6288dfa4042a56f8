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

from bot.errors import DatabaseDamaged, DatabaseUnfit
from storage.sealing.recent import Recent

FORMAT = b"\x01"  # first byte of everything sealed: AES-256-GCM, nonce of 12 bytes
HASHES = "meta.hashes"
REMEMBERED = 4096  # unwrapped keys kept in memory


class Cipher:
    """Seals bytes, each time bound to the place where they are stored."""

    __slots__ = ("_aes", "_key")

    def __init__(self, key: bytes) -> None:
        self._aes, self._key = AESGCM(key), key

    @property
    def name(self) -> str:
        """Tells this key from any other; opens nothing."""
        return hmac.digest(self._key, b"name", hashlib.sha256).hex()

    def seal(self, plain: bytes, where: str) -> bytes:
        nonce = os.urandom(12)
        return FORMAT + nonce + self._aes.encrypt(nonce, plain, where.encode())

    def unseal(self, sealed: bytes, where: str) -> bytes:
        """What was sealed at this very place. Raises DatabaseDamaged for anything else."""
        if sealed[:1] == FORMAT:
            try:
                return self._aes.decrypt(sealed[1:13], sealed[13:], where.encode())
            except (InvalidTag, ValueError):
                pass
        raise DatabaseDamaged(
            f"Une valeur chiffrée ({where.partition('|')[0]}) ne s'ouvre pas : elle a été modifiée "
            "ou vient d'une autre clé. Remettez une sauvegarde et la clé qui va avec."
        )


class Keys:
    """Everything the master key opens. Safe to share between threads.

    `hashes`: what keyed hashes are made with, when it is that of an earlier master key: people are
    still recognised after the master key was changed (decision 0016).
    """

    def __init__(self, master: bytes, hashes: bytes | None = None) -> None:
        if len(master) != 32:
            raise DatabaseUnfit("La clé maîtresse doit faire 32 octets.")
        self.hashes = hashes or _derived(master, "hashes")
        self._wrapping = Cipher(_derived(master, "wrap"))
        self.farewells = Cipher(_derived(master, "farewells"))
        self.staff = Cipher(_derived(master, "staff"))
        self.salts = Cipher(_derived(master, "salts"))
        self.outside = Cipher(_derived(master, "outside"))
        self.exports = Cipher(_derived(master, "exports"))
        self._doors = _derived(self.hashes, "doors")
        self._messages = _derived(self.hashes, "messages")
        self._traces = _derived(self.hashes, "traces")
        self._codes = _derived(self.hashes, "codes")
        self._openings = _derived(self.hashes, "openings")
        self._returns = _derived(self.hashes, "returns")
        self._tries = _derived(self.hashes, "tries")
        self.check = check_of(master)
        self._open: Recent[Cipher] = Recent(REMEMBERED)

    @classmethod
    def opened(cls, master: bytes, sealed: bytes) -> Keys:
        """With the hashes that `sealed_hashes` gave. Raises DatabaseUnfit for another key."""
        return cls(master, cls(master)._wrapping.unseal(sealed, HASHES))

    def sealed_hashes(self) -> bytes:
        """What keyed hashes are made with, to be stored beside them."""
        return self._wrapping.seal(self.hashes, HASHES)

    def door(self, channel: str, sender: str) -> str:
        return _keyed(self._doors, f"{channel}\0{sender}")

    def message(self, door: str, message: str) -> str:
        return _keyed(self._messages, f"{door}{message}")

    def counted(self, kind: str, of: str) -> str:
        """Whose sign-ins, return codes or openings are counted: an account, a door, an address."""
        return _keyed(self._tries, f"{kind}\0{of}")

    def trace(self, conversation: str) -> str:
        return _keyed(self._traces, conversation)

    def trace_of_key(self, conversation: str, cipher: Cipher) -> str:
        """Of a key of this conversation that is destroyed, while the conversation goes on."""
        return _keyed(self._traces, f"{conversation}\0{cipher.name}")

    def trace_of_agreement(self, conversation: str, what: str, time: int, *, taken: bool) -> str:
        """Of an agreement taken back for the n-th time, or given again after that."""
        act = "taken" if taken else "again"
        return _keyed(self._traces, f"{conversation}\0{what}\0{time}\0{act}")

    def trace_of_account(self, id: str) -> str:
        """Of an account of the staff that was closed."""
        return _keyed(self._traces, f"{id}\0account")

    def code(self, conversation: str, digits: str) -> str:
        return _keyed(self._codes, f"{conversation}\0{digits}")

    def token(self, guide: str, opening: str) -> str:
        """The token that an opening id stands for: 256 bits, in 43 letters of an address."""
        drawn = bytes.fromhex(_keyed(self._openings, f"{guide}\0{opening}"))
        return base64.urlsafe_b64encode(drawn).decode().rstrip("=")

    def returning(self, words: str) -> str:
        """Of a return code; without the key, the words cannot be found back."""
        return _keyed(self._returns, words)

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

    def rewrapped(self, conversation: str, wrapped: bytes, by: Keys) -> bytes:
        """The key of a conversation, wrapped by another master key; it stays the same."""
        where = f"secrets.wrapped|{conversation}"
        return by._wrapping.seal(self._wrapping.unseal(wrapped, where), where)

    def drop(self, conversation: str) -> None:
        """Forget the key of an erased conversation."""
        self._open.drop(conversation)

    def _remember(self, conversation: str, wrapped: bytes, key: bytes) -> Cipher:
        cipher = Cipher(key)
        self._open.put(conversation, wrapped, cipher)
        return cipher


def check_of(master: bytes) -> str:
    """Tells a right master key from a wrong one; opens nothing."""
    return _derived(master, "check").hex()


def _derived(master: bytes, use: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"parole {use}".encode()).derive(master)


def _keyed(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
