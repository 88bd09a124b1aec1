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
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, cast, get_args

from ulid import ULID

from simcheck.errors import UsageError
from simcheck.index.ledger import ApiKey

Role = Literal["check", "register", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
PREFIX = "simcheck"
_FORM = re.compile(rf"{PREFIX}_(?P<id>[0-9A-HJKMNP-TV-Z]{{26}})_[A-Za-z0-9_-]{{43}}")
MAX_NAME = 100


class KeyStore(Protocol):
    """The part of an index that keeps keys, see `simcheck.index.ledger.Ledger`."""

    def create_key(self, key: ApiKey) -> None: ...
    def keys(self) -> Sequence[ApiKey]: ...
    def revoke_key(self, key_id: str, at: str) -> ApiKey: ...


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
    key_id = str(ULID())
    text = f"{PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
    kept = ApiKey(id=key_id, name=name, role=role, hash=digest(text), created_at=_now())
    store.create_key(kept)
    return _key(kept), text


def listing(store: KeyStore) -> list[Key]:
    """Every key there ever was, oldest first, revoked ones with the time."""
    return [_key(kept) for kept in store.keys()]  # noqa: SIM118


def revoke(store: KeyStore, key_id: str) -> Key:
    """Revoke a key: it is refused from the next request on. Raises UsageError for an unknown id."""
    return _key(store.revoke_key(key_id, _now()))


def authenticate(store: KeyStore, text: str) -> Key | None:
    """The key with this text, None where there is none or it was revoked. The hashes are compared in constant time,
    for unknown ids too."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    kept = next((kept for kept in store.keys() if kept.id == form["id"]), None)  # noqa: SIM118
    same = hmac.compare_digest(digest(text), kept.hash if kept else digest(""))
    return _key(kept) if kept and same and kept.revoked_at is None else None


def digest(text: str) -> str:
    """What is stored of a key: SHA-256, hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(kept: ApiKey) -> Key:
    return Key(kept.id, kept.name, cast(Role, kept.role), kept.created_at, kept.revoked_at)
