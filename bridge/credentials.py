"""Tokens and keys: made here, shown once, kept only as hashes.

SHA-256 without salt or stretching is right for secrets of 256 random bits: there is nothing to guess.
"""

import hashlib
import hmac
import secrets as stdlib_secrets


def new_secret() -> str:
    """Return 256 random bits as URL-safe text."""
    return stdlib_secrets.token_urlsafe(32)


def new_invite_id() -> str:
    """Return a short id, good for logs and as the first half of a peer's id."""
    return stdlib_secrets.token_hex(6)


def hash_of(secret: str) -> bytes:
    """Return what is kept of `secret`."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_secret(secret: str, expected_hash: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(hash_of(secret), expected_hash)
