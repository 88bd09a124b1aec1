"""API keys of the service: made once, shown once, kept as a hash; roles ``check`` < ``register`` < ``admin``.

A role can do what the roles before it can: a ``register`` key may check too, an ``admin`` key may do everything.

A key is ``simcheck_ID_SECRET``. The id finds the row; the secret is 256 random bits, so that one SHA-256 over the whole
key is enough: slow password hashes protect what people choose, and nothing can be guessed here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, get_args

from ulid import ULID

from simcheck.errors import UsageError

Role = Literal["check", "register", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
PREFIX = "simcheck"
_FORM = re.compile(rf"{PREFIX}_(?P<id>[0-9A-HJKMNP-TV-Z]{{26}})_[A-Za-z0-9_-]{{43}}")
MAX_NAME = 100


class KeyStore(Protocol):
    """The part of an index that keeps keys: rows with id, name, role, hash, created_at, revoked_at."""

    def create_key(self, key_id: str, name: str, role: str, hash: str, created_at: str) -> None: ...
    def keys(self) -> Iterable[Mapping[str, Any]]: ...
    def revoke_key(self, key_id: str) -> None: ...


@dataclass(frozen=True)
class Key:
    """A key as it may be shown: everything but the secret and its hash. Times are UTC, RFC 3339."""

    id: str
    name: str
    role: Role
    created_at: str
    revoked_at: str | None = None

    def allows(self, role: Role) -> bool:
        """True where this key may do what needs ``role``."""
        return self.revoked_at is None and ROLES.index(self.role) >= ROLES.index(role)


def create(store: KeyStore, role: str, name: str = "") -> tuple[Key, str]:
    """Make a key. Returns it and the secret text, which is nowhere kept. Raises UsageError."""
    if role not in ROLES:
        raise UsageError(f"{role!r} is no role; a key's role is one of {', '.join(ROLES)}")
    if len(name) > MAX_NAME or not name.isprintable():
        raise UsageError(f"a key's name has at most {MAX_NAME} printable characters")
    key = Key(str(ULID()), name, role, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    text = f"{PREFIX}_{key.id}_{secrets.token_urlsafe(32)}"
    store.create_key(key.id, key.name, key.role, digest(text), key.created_at)
    return key, text


def listing(store: KeyStore) -> list[Key]:
    """Every key there ever was, oldest first, revoked ones with the time."""
    return sorted((_key(row) for row in store.keys()), key=lambda key: key.id)


def revoke(store: KeyStore, key_id: str) -> Key:
    """Revoke a key: at once in this process, within a second in others. Raises UsageError for an unknown id."""
    if all(key.id != key_id for key in listing(store)):
        raise UsageError(f"there is no key {key_id!r}; `simcheck keys list` shows the ids")
    store.revoke_key(key_id)
    return next(key for key in listing(store) if key.id == key_id)


def authenticate(store: KeyStore, text: str) -> Key | None:
    """The key with this text, None where there is none or it was revoked. The hashes are compared in constant time,
    for unknown ids too."""
    form = _FORM.fullmatch(text)
    given = digest(text)
    row = next((row for row in store.keys() if form and row["id"] == form["id"]), None)
    same = hmac.compare_digest(given, row["hash"] if row else digest(""))
    return _key(row) if row and same and row["revoked_at"] is None else None


def digest(text: str) -> str:
    """What is stored of a key: SHA-256, hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Mapping[str, Any]) -> Key:
    return Key(row["id"], row["name"], row["role"], row["created_at"], row["revoked_at"])
