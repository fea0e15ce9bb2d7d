"""Markdown in which no text can end a table cell or begin a tag."""

from collections.abc import Iterable, Mapping


def cell(text: str) -> str:
    """The text on one line, safe inside a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def table(headings: Iterable[str], rows: Iterable[Iterable[str]], numbers: int = 1) -> str:
    """A table whose last so many columns are numbers. Cells are made safe here."""
    names = list(headings)
    rules = ["---"] * (len(names) - numbers) + ["---:"] * numbers
    lines = [names, *([cell(text) for text in row] for row in rows)]
    head, *body = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([head, f"|{'|'.join(rules)}|", *body])


def ranked(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Most frequent first, then by name, so that no order of reading shows."""
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return [(name, f"{count:,}") for name, count in rows]
