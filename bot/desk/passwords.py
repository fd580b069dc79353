"""Hashing and checking of agents' passwords (argon2id); used by accounts and sign-in."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 256

# OWASP's smallest recommended argon2id setting: it keeps a sign-in under 50 ms and 19 MiB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def _prepared(password: str) -> str:
    # The same letters typed on another keyboard may arrive composed differently.
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """The argon2id hash of a password, salt and settings included."""
    return _hasher.hash(_prepared(password))


@lru_cache(maxsize=1)
def _stand_in() -> str:
    return hash_password("checked in place of an account that does not exist")


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash; without a hash it takes as long and says no."""
    stand_in = _stand_in()  # made at the first check of either kind, so that neither is told by its time
    try:
        return _hasher.verify(password_hash or stand_in, _prepared(password)) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(password_hash)
