"""Words in LaTeX: every character that would be a command is written as itself."""

from collections.abc import Mapping
from types import MappingProxyType

_ESCAPED: Mapping[int, str] = MappingProxyType(
    str.maketrans(
        {
            "\\": r"\textbackslash{}",
            "{": r"\{",
            "}": r"\}",
            "$": r"\$",
            "&": r"\&",
            "#": r"\#",
            "%": r"\%",
            "_": r"\_",
            "~": r"\textasciitilde{}",
            "^": r"\textasciicircum{}",
            "<": r"\textless{}",
            ">": r"\textgreater{}",
            "|": r"\textbar{}",
            '"': r"\textquotedbl{}",
            "−": "$-$",  # noqa: RUF001 - a minus, not a hyphen
            "–": "--",  # noqa: RUF001 - an en dash, not a hyphen
            "…": r"\ldots{}",
            "[": "{[}",  # else an option of the line break before it
        }
    )
)


def escaped(text: str) -> str:
    """The words on one line, to be put anywhere where LaTeX reads text.

    >>> escaped("50 % of a_b")
    '50 \\\\% of a\\\\_b'
    """
    return " ".join(text.split()).translate(_ESCAPED)
