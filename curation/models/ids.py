"""Identifiers that can stand in an address: they tell nothing and cannot be guessed."""

import uuid


def new_id() -> uuid.UUID:
    """A random identifier (RFC 9562, version 4)."""
    return uuid.uuid4()
