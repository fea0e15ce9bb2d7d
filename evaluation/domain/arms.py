"""The arms of a protocol: every way in which asking may differ, each a word of its own."""

from enum import StrEnum


class Shots(StrEnum):
    """How many of a problem's examples are shown before its query."""

    NONE = "none"
    ALL = "all"
    FIRST = "first"


class Input(StrEnum):
    """What of a problem's images is sent; the words are always sent."""

    FULL = "full"
    NO_IMAGES = "no_images"
    NO_QUERY_IMAGE = "no_query_image"


class AnswerForm(StrEnum):
    """Whether the model writes its answer, picks one of the choices, or has them ranked for it.

    Ranked means that no answer is read: how likely the model finds each option decides.
    """

    OPEN = "open"
    MULTIPLE_CHOICE = "multiple_choice"
    RANKED_LETTERS = "ranked_letters"
    RANKED_TEXTS = "ranked_texts"

    @property
    def is_ranked(self) -> bool:
        """Whether likelihoods decide."""
        return self in {AnswerForm.RANKED_LETTERS, AnswerForm.RANKED_TEXTS}

    @property
    def has_letters(self) -> bool:
        """Whether the prompt lists the options under letters."""
        return self in {AnswerForm.MULTIPLE_CHOICE, AnswerForm.RANKED_LETTERS}


class Order(StrEnum):
    """In which order the examples stand. An example matches if its answer is the query's."""

    AUTHORED = "authored"
    PERMUTATIONS = "permutations"
    MATCHING_FIRST = "matching_first"
    MATCHING_LAST = "matching_last"

    @property
    def is_by_match(self) -> bool:
        """Whether the query's answer decides where an example stands."""
        return self in {Order.MATCHING_FIRST, Order.MATCHING_LAST}


class Noise(StrEnum):
    """Which examples of other problems are mixed in."""

    NONE = "none"
    RANDOM = "random"
    SAME_SPECIALTY = "same_specialty"


class NoisePosition(StrEnum):
    """Where the examples of other problems stand among the problem's own."""

    FIRST = "first"
    LAST = "last"
    DRAWN = "drawn"


class Reasoning(StrEnum):
    """Whether the model is told to answer, or to think and then to answer."""

    AT_ONCE = "at_once"
    STEP_BY_STEP = "step_by_step"
