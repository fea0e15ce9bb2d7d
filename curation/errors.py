"""The errors that verbs raise. Each message says what the person can do next."""


class WrongMomentError(Exception):
    """Allowed, but not now: the answer is 409 with this text."""


class StaleDraftError(WrongMomentError):
    """The draft changed since the browser loaded it; nothing was overwritten."""

    def __init__(self) -> None:
        super().__init__(
            "This problem was changed in another window since you opened it. "
            "Nothing was overwritten: compare both texts, then save again."
        )


class InvalidContentError(ValueError):
    """What was given cannot be taken; the message says why and what would be."""


class StaleVersionError(InvalidContentError):
    """A release cannot be called so; the message says what it may be called."""


class RefusedTokenError(Exception):
    """A program showed a token that does not open anything: the answer is 401 with this text."""
