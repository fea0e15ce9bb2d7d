"""What a completion answers: read cautiously, because a guessed answer is a wrong measurement.

Everything here is linear in the length of the text: tags are walked, never matched across, and
patterns are anchored to a line, so that a hostile completion costs no more than a long one.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from curation.domain.answers import normalize
from evaluation.domain.choices import Choices
from evaluation.domain.prompting import ANSWER_PLACEHOLDER, REASONED_PLACEHOLDER

LONGEST_READ = 20_000
"""Characters of a completion, its reasoning removed, that are looked at: the last for a choice."""

NO_PATTERN = "none"

_THINK_TAG = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE)
_ANSWER_TAG = re.compile(r"<(/?)answer>", re.IGNORECASE)
_EMPHASIS = re.compile(r"[*`]")
_LONE_LETTER = re.compile(r"[(\[]?([A-Za-z]{1,2})[)\]]?[.:]?")
_LETTER_AND_TEXT = re.compile(r"(?:\(([A-Za-z]{1,2})\)|([A-Za-z]{1,2})[.):]|([A-Z]{1,2}) -) ?(.+)")
_FINAL_LINE = re.compile(r"(?:the )?(?:(?:final|correct|best) )?answer ?: ?(.+)", re.IGNORECASE)
_SENTENCE = re.compile(
    r"\b(?i:answer|option|choice) (?i:is):? ?(?:(?i:option) )?"
    r"(?:\(([A-Z]{1,2})\)|([A-Z]{1,2})(?![\w'-]))"
    r"(?! ?(?:or|and|/|,|&) ?\(?[A-Z]{1,2}\b)( [a-z])?"
)
_ENGLISH_WORDS = frozenset({"A", "I", "AN", "IN", "NO", "IT"})


@dataclass(frozen=True, slots=True)
class ParsedText:
    """The words that answer and the name of the pattern that told; no words where nothing did."""

    text: str
    pattern: str


@dataclass(frozen=True, slots=True)
class ParsedChoice:
    """The letter a completion chose and the name of the pattern that told.

    ``letter`` is None where nothing matched (``pattern`` is "none") or where the first pattern that
    matched named several options or none of them (``pattern`` is its name).
    """

    letter: str | None
    pattern: str


def without_reasoning(completion: str) -> str:
    """The completion less its <think> blocks, trimmed.

    An unclosed block drops what follows: the model never came to its answer. A closing tag alone
    drops what stands before: the chat template had opened the block in the prompt.
    """
    kept: list[str] = []
    position, is_thinking = 0, False
    for tag in _THINK_TAG.finditer(completion):
        is_closing = bool(tag[1])
        if not is_thinking and is_closing:
            kept.clear()
        elif not is_thinking:
            kept.append(completion[position : tag.start()])
        position, is_thinking = tag.end(), not is_closing
    if not is_thinking:
        kept.append(completion[position:])
    return "".join(kept).strip()


def parse_open(completion: str) -> str:
    """The answer in words: the last answer tag's content if there is one, else all of the text.

    Reasoning is removed, outer white space trimmed; empty if nothing is left.
    """
    text = without_reasoning(completion)
    tagged = [content for content in _tagged(text) if content]
    return (tagged[-1] if tagged else text)[:LONGEST_READ].strip()


def parse_reasoned(completion: str) -> ParsedText:
    """The answer in words of who was told to think first: by ``tag``, else by ``final_line``.

    The last answer tag counts, or the last line if it is "Answer: ...". Thoughts without either are
    no answer, such as those that the token limit cut.
    """
    text = without_reasoning(completion)[-LONGEST_READ:]
    # Models repeat the instruction before they follow it; that is not their answer.
    tagged = [content for content in _tagged(text) if content not in {"", REASONED_PLACEHOLDER}]
    if tagged:
        return ParsedText(tagged[-1], "tag")
    lines = _EMPHASIS.sub("", text).strip().splitlines()
    match = _FINAL_LINE.fullmatch(" ".join(lines[-1].split())) if lines else None
    return ParsedText(match[1], "final_line") if match else ParsedText("", NO_PATTERN)


def parse_choice(completion: str, choices: Choices) -> ParsedChoice:
    """The chosen letter by the first pattern that matches, in this order.

    - ``tag``: ``<answer>B</answer>``, ``<answer>B. Purple</answer>``, ``<answer>Purple</answer>``
    - ``final_line``: the last line is "Answer: B" (or "Answer: B. Purple", "Answer: Purple")
    - ``sentence``: "The answer is (B)"; "A" and "I" are words too, so "the answer is A large ..."
      is not read
    - ``lone_letter``: a line that is only "B", "(B)" or "B."
    - ``letter_and_text``: a line "B. Purple" whose text begins with that option's
    - ``option_text``: all of the text equals one option after normalization

    Several letters under one pattern, or a tag around something else, are no answer.
    """
    text = _EMPHASIS.sub("", without_reasoning(completion)[-LONGEST_READ:])
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    for pattern, read in _PATTERNS.items():
        readings = read(text, lines, choices)
        if readings:
            letter = readings.pop() if len(readings) == 1 else None
            return ParsedChoice(letter, pattern)
    return ParsedChoice(None, NO_PATTERN)


type _Readings = set[str | None]
"""The letters a pattern found, None for a match that names no option; empty: no match."""


def _by_tag(text: str, _lines: list[str], choices: Choices) -> _Readings:
    # Models repeat the instruction before they follow it; that is not their answer.
    contents = [content for content in _tagged(text) if content != ANSWER_PLACEHOLDER]
    return {_stated(content, choices) for content in contents}


def _by_final_line(_text: str, lines: list[str], choices: Choices) -> _Readings:
    match = _FINAL_LINE.fullmatch(lines[-1]) if lines else None
    return {_stated(match[1], choices)} if match else set()


def _by_sentence(_text: str, lines: list[str], choices: Choices) -> _Readings:
    return _known(
        (
            match[1] or match[2]
            for line in lines
            for match in _SENTENCE.finditer(line)
            if match[1] or not (match[3] and match[2] in _ENGLISH_WORDS)
        ),
        choices,
    )


def _by_lone_letter(_text: str, lines: list[str], choices: Choices) -> _Readings:
    # Lower case only where it is all there is: "a" on a line of its own may be a slip.
    found = [match[1] for line in lines if (match := _LONE_LETTER.fullmatch(line))]
    return _known(found if len(lines) > 1 else [letter.upper() for letter in found], choices)


def _by_letter_and_text(_text: str, lines: list[str], choices: Choices) -> _Readings:
    pairs = (_letter_and_text(line) for line in lines)
    return _known((pair[0] for pair in pairs if pair and _begins(pair, choices)), choices)


def _by_option_text(_text: str, lines: list[str], choices: Choices) -> _Readings:
    letter = choices.letter_of(" ".join(lines))
    return {letter} if letter else set()


_PATTERNS: dict[str, Callable[[str, list[str], Choices], _Readings]] = {
    "tag": _by_tag,
    "final_line": _by_final_line,
    "sentence": _by_sentence,
    "lone_letter": _by_lone_letter,
    "letter_and_text": _by_letter_and_text,
    "option_text": _by_option_text,
}


def _stated(content: str, choices: Choices) -> str | None:
    """The option meant by words given as the answer and nothing else.

    A letter alone is a letter even if an option's text is one ("blood group B"): letters are what
    was asked for. A letter beside another option's text contradicts itself: None.
    """
    content = " ".join(content.split())
    if match := _LONE_LETTER.fullmatch(content):
        letter = match[1].upper()
        return letter if letter in choices.letters else choices.letter_of(content)
    if letter_by_text := choices.letter_of(content):
        return letter_by_text
    pair = _letter_and_text(content)
    if pair is None or pair[0] not in choices.letters:
        return None
    return pair[0] if choices.letter_of(pair[1]) in {None, pair[0]} else None


def _letter_and_text(line: str) -> tuple[str, str] | None:
    match = _LETTER_AND_TEXT.fullmatch(line)
    return ((match[1] or match[2] or match[3]).upper(), match[4]) if match else None


def _begins(pair: tuple[str, str], choices: Choices) -> bool:
    letter, text = pair
    if letter not in choices.letters:
        return False
    return f"{normalize(text)} ".startswith(f"{normalize(choices.text_of(letter))} ")


def _known(letters: Iterable[str], choices: Choices) -> _Readings:
    return {letter for letter in letters if letter in choices.letters}


def _tagged(text: str) -> list[str]:
    """The contents of the answer tags; one left open reaches to the next tag or the end."""
    contents: list[str] = []
    position: int | None = None
    for tag in _ANSWER_TAG.finditer(text):
        if position is not None:
            contents.append(text[position : tag.start()].strip())
        position = None if tag[1] else tag.end()
    if position is not None:
        contents.append(text[position:].strip())
    return contents
