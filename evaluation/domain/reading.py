"""Where in a completion its answer was read: for people who ask whether it was read well."""

import re
from collections.abc import Callable, Iterator

from evaluation.domain.choices import Choices
from evaluation.domain.parsing import parse_choice, parse_open, parse_reasoned

type Span = tuple[int, int]

_TAGGED = re.compile(r"<answer>((?:(?!</?answer>).)*)(?:</answer>|\Z)", re.IGNORECASE | re.DOTALL)
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_LONGEST = 50_000


def read_from(
    completion: str, parsed: str, pattern: str, choices: Choices | None = None
) -> Span | None:
    """First and last + 1 character of the smallest part that alone reads as the same answer.

    Tags before lines, the last first, as they count. None where no part does: the answer was read
    from all of the text, by another program, or from more than 50,000 characters.
    """
    if not parsed or len(completion) > _LONGEST:
        return None
    reads = _reader(parsed, pattern, choices)
    is_by_line = choices is not None or pattern == "final_line"
    for start, end in _parts(completion, is_by_line=is_by_line):
        if reads(completion[start:end]):
            return _trimmed(completion, start, end)
    at = -1 if choices else completion.rfind(parsed)
    return (at, at + len(parsed)) if at >= 0 else None


def _reader(parsed: str, pattern: str, choices: Choices | None) -> Callable[[str], bool]:
    if choices is not None:
        return lambda part: _is_choice(part, parsed, pattern, choices)
    if pattern == "final_line":
        return lambda part: parse_reasoned(part).text == parsed
    return lambda part: parse_open(part) == parsed


def _is_choice(part: str, letter: str, pattern: str, choices: Choices) -> bool:
    read = parse_choice(part, choices)
    return (read.letter, read.pattern) == (letter, pattern)


def _parts(completion: str, *, is_by_line: bool) -> Iterator[Span]:
    """Tags with what they hold, then lines if answers are read from these, the last first."""
    yield from reversed([match.span() for match in _TAGGED.finditer(completion)])
    if is_by_line:
        yield from reversed([match.span() for match in _LINE.finditer(completion)])


def _trimmed(completion: str, start: int, end: int) -> Span:
    part = completion[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
