"""Passwords: what one must be, and their argon2id hashes with the parameters that the library advises."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from watch.errors import ConfigError

LENGTH_MIN = 12  # own: NIST SP 800-63B asks for 8 where a second factor is there, and for more where none is
LENGTH_MAX = 256  # own: longer than anybody types, and no work to hash

_HASHER = PasswordHasher()
_AT_ONCE = threading.BoundedSemaphore(2)  # a hash takes 64 MiB; a crowd at the door must not take all there is
_NOBODY = (  # the hash of a random word nobody knows: an unknown name takes as long as a known one
    "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def check_password(name: str, password: str) -> None:
    """Demand that a password is good enough for a user.

    Raises
    ------
    ConfigError
        It is too short, too long, or the user's name.
    """
    if len(password) < LENGTH_MIN:
        raise ConfigError(f"the password has {len(password)} characters; take at least {LENGTH_MIN}, a few words do")
    if len(password) > LENGTH_MAX:
        raise ConfigError(f"the password has more than {LENGTH_MAX} characters")
    if name.casefold() in password.casefold() and len(password) < len(name) + LENGTH_MIN // 2:
        raise ConfigError("the password is hardly more than the name; take another")
    if len(set(password)) < LENGTH_MIN // 3:
        raise ConfigError("the password repeats few characters; take another")


def hash_password(password: str) -> str:
    """Return the hash of a password, with its salt and parameters."""
    with _AT_ONCE:
        return _HASHER.hash(_bytes(password))


def is_password(kept: str | None, password: str) -> bool:
    """Return whether a password is the one whose hash is kept; without a hash, no, after as long a time.

    Examples
    --------
    >>> is_password(None, "correct horse battery")
    False
    """
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _NOBODY, _bytes(password[: LENGTH_MAX + 1])) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Return whether a hash was made with other parameters than are advised now."""
    return _HASHER.check_needs_rehash(kept)


def _bytes(password: str) -> bytes:
    """Return what is hashed: keyboards write the same letter as one character or as two."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
