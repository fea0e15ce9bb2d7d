"""What a reviewer looks at because no machine can: each item holds, does not, or is not sure."""

from collections.abc import Mapping

ITEMS: Mapping[str, str] = {
    "answer_is_right": "The answer is right, and the only right one.",
    "answer_is_visible": "What the answer needs can be seen in the images.",
    "examples_teach": "The examples teach what the query asks.",
    "no_shortcut": "Nothing but the medicine gives the answer away.",
    "annotations_fit": "The six annotations fit.",
    "rights_are_clear": "The images may be published, and nobody can be recognized.",
}
"""Name and sentence of each item, in the order in which they are looked at."""


def is_all_yes(answers: Mapping[str, bool | None]) -> bool:
    """Whether every item was said to hold: None, which is not sure, does not count as yes."""
    return all(answers.get(name) is True for name in ITEMS)
