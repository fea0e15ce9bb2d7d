"""What a reviewer checks that no rule can: each item a name and a sentence to agree with."""

from collections.abc import Mapping

ITEMS: Mapping[str, str] = {
    "answer_is_right": "The answer is right, and the only right one.",
    "answer_is_visible": "What the answer needs can be seen in the images.",
    "examples_teach": "The examples teach what the query asks.",
    "no_shortcut": "Nothing but the medicine gives the answer away.",
    "annotations_fit": "The six annotations fit.",
    "rights_are_clear": "The images may be published, and nobody can be recognized.",
}
"""Name -> sentence, in the order in which they are asked."""
