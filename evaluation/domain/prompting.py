"""How a problem becomes the chat turns a model receives, the same for every model.

``system?  (user: image, question   assistant: answer) per example   user: image, query``

Only the query's turn ends with the instruction, so an example is nothing but a question and its
answer. Alternative texts, sources and annotations are never sent: they could hold the answer.
Where the protocol withholds images, a turn is its words alone; the query's turn then says that
its image is withheld, else a model would rather report a missing image than answer.

Multiple choice in context: every user turn lists the *same* options under the same letters, and
every example is answered by its option's letter and text in the very form the query asks for.
Examples answered in free words would teach a form that the query does not want (released SMMILE
runs did that, and small models then answered out of form); a bare letter without a list beside
it would mean nothing; and a list that differs from turn to turn would test reading lists. With
letter and text together an example still says *what* is seen, not only where it stood.
The price is the list once per example. The answer goes into a tag, ``<answer>B. Purple</answer>``,
because a tag is found again whatever a model writes around it.

Where letters are ranked, the same list is answered by bare letters, for what is ranked is the first
token of the answer. Where texts are ranked, the prompt is that of the open form.

A foreign example stands as it would in its own problem: under multiple choice it lists the options
of that one. Who is to think first is told so by the instruction alone, which asks for the answer in
a tag on the last line; examples are answered at once all the same, for nobody wrote their thoughts.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from curation.domain.content import PanelContent, PanelRole, ProblemContent
from evaluation.domain.arms import AnswerForm, Input, Reasoning
from evaluation.domain.choices import Choices, choices_for
from evaluation.domain.protocol import Protocol
from evaluation.domain.showing import ShownExample, as_authored

PROMPT_VERSION = 1
"""Raised when prompts change on purpose; the hash of the template tells of every change."""

OPEN_INSTRUCTION = "Answer in a few words, without explanation."
OPEN_INSTRUCTION_AFTER_EXAMPLES = (
    "Answer in a few words, in the form of the answers above, without explanation."
)
WITHHELD_IMAGE = "The image of this question is withheld; give the most likely answer."
ANSWER_PLACEHOLDER = "LETTER. TEXT"
CHOICE_INSTRUCTION = (
    "Choose the one best option. Reply with its letter and its text in this form: "
    f"<answer>{ANSWER_PLACEHOLDER}</answer>"
)
REASONED_PLACEHOLDER = "YOUR ANSWER"
REASONED_INSTRUCTION = (
    "Think step by step. Then answer in a few words, on a last line of this form: "
    f"<answer>{REASONED_PLACEHOLDER}</answer>"
)
REASONED_INSTRUCTION_AFTER_EXAMPLES = (
    "Think step by step. Then answer in a few words, in the form of the answers above, on a last "
    f"line of this form: <answer>{REASONED_PLACEHOLDER}</answer>"
)
LETTER_INSTRUCTION = "Choose the one best option. Reply with its letter alone."
REASONED_CHOICE_INSTRUCTION = (
    "Think step by step. Then choose the one best option, and give its letter and its text on a "
    f"last line of this form: <answer>{ANSWER_PLACEHOLDER}</answer>"
)


class PromptError(ValueError):
    """A problem that cannot be asked this way; the message says what is missing."""


class Role(StrEnum):
    """Who speaks in a turn, in the words of every chat API."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image by the SHA-256 of its stored bytes; the client puts the bytes in."""

    sha256: str
    media_type: str


type Part = TextPart | ImagePart


@dataclass(frozen=True)
class Turn:
    """What one side says at once: parts in the order they are sent."""

    role: Role
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"role": self.role.value, "parts": [_part_json(part) for part in self.parts]}

    @cached_property
    def canonical(self) -> bytes:
        """Its one text, kept: the prompts of a problem's orders consist of the same turns."""
        return _canonical(self.to_json())


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything a model is sent, images by reference.

    ``choices`` are the options by which the reply is read, None in open form; the turns list them
    unless their texts are ranked.
    """

    turns: tuple[Turn, ...]
    choices: Choices | None = None

    @property
    def images(self) -> tuple[str, ...]:
        """SHA-256 of every image in the order sent, repetitions included."""
        return tuple(part.sha256 for part in self.image_parts)

    @property
    def image_parts(self) -> tuple[ImagePart, ...]:
        """Every image in the order sent."""
        parts = (part for turn in self.turns for part in turn.parts)
        return tuple(part for part in parts if isinstance(part, ImagePart))

    def to_json(self) -> list[dict[str, Any]]:
        """Plain values, for showing a prompt as sent and for its hash."""
        return [turn.to_json() for turn in self.turns]

    def sha256(self) -> str:
        """SHA-256 of the turns, images by their own SHA-256, as 64 hexadecimal digits."""
        turns = b",".join([turn.canonical for turn in self.turns])
        return hashlib.sha256(b"[%b]" % turns).hexdigest()


class Prompter:
    """The prompts of one problem, whichever examples are shown; each turn is worded once.

    :class:`PromptError` for multiple choice where :func:`evaluation.domain.choices.choices_for`
    finds no choices.
    """

    def __init__(self, content: ProblemContent, protocol: Protocol) -> None:
        self._content, self._protocol = content, protocol
        self.choices = _choices(content, protocol)
        self._examples: dict[tuple[str, int], tuple[Turn, Turn]] = {}
        self._queries: dict[bool, Turn] = {}

    def prompt(self, shown: Sequence[ShownExample]) -> Prompt:
        """The turns with these examples; :class:`PromptError` for a panel without its image."""
        system = self._protocol.system_text
        turns = [Turn(Role.SYSTEM, (TextPart(system),))] if system else []
        for example in shown:
            turns += self._example(example)
        turns.append(self._query(is_after_examples=bool(shown)))
        return Prompt(tuple(turns), self.choices)

    def _example(self, example: ShownExample) -> tuple[Turn, Turn]:
        key = (example.home.problem_id, example.place)
        if key not in self._examples:
            self._examples[key] = self._worded(example)
        return self._examples[key]

    def _worded(self, example: ShownExample) -> tuple[Turn, Turn]:
        home, panel, protocol = example.home, example.panel, self._protocol
        is_own = home.problem_id == self._content.problem_id
        listed = self.choices if is_own else _choices(home, protocol)
        asked = _user_turn(home, panel, protocol, _options_text(listed, protocol))
        answer = _answer_text(panel, listed, protocol)
        return asked, Turn(Role.ASSISTANT, (TextPart(answer),))

    def _query(self, *, is_after_examples: bool) -> Turn:
        if is_after_examples not in self._queries:
            content, protocol = self._content, self._protocol
            options = _options_text(self.choices, protocol)
            closing = _closing(protocol, is_after_examples=is_after_examples)
            turn = _user_turn(content, content.query, protocol, options, closing)
            self._queries[is_after_examples] = turn
        return self._queries[is_after_examples]


def build_prompt(
    content: ProblemContent, protocol: Protocol, shown: Sequence[ShownExample] | None = None
) -> Prompt:
    """The turns for one problem and the examples ``shown``, those of its own as authored if None.

    :class:`PromptError` for a panel that has no image to be sent, and for multiple choice where
    :func:`evaluation.domain.choices.choices_for` finds no choices.
    """
    examples = as_authored(content, protocol) if shown is None else shown
    return Prompter(content, protocol).prompt(examples)


def _choices(content: ProblemContent, protocol: Protocol) -> Choices | None:
    if protocol.answer_form is AnswerForm.OPEN:
        return None
    choices = choices_for(content, protocol.seed)
    if choices is None:
        raise PromptError(
            f"Problem {content.problem_id} cannot be asked as multiple choice: it has fewer than "
            "two distinct answers. Ask it in open form, or leave it out."
        )
    return choices


def _user_turn(
    content: ProblemContent, panel: PanelContent, protocol: Protocol, *blocks: str
) -> Turn:
    text = TextPart("\n\n".join(block for block in (panel.question.strip(), *blocks) if block))
    if not _is_image_sent(panel, protocol):
        return Turn(Role.USER, (text,))
    if panel.image is None:
        raise PromptError(
            f"A panel of problem {content.problem_id} has no image; add one before asking a model."
        )
    return Turn(Role.USER, (ImagePart(panel.image.sha256, panel.image.media_type), text))


def _is_image_sent(panel: PanelContent, protocol: Protocol) -> bool:
    match protocol.input:
        case Input.FULL:
            return True
        case Input.NO_IMAGES:
            return False
        case Input.NO_QUERY_IMAGE:
            return panel.role is not PanelRole.QUERY


def _options_text(choices: Choices | None, protocol: Protocol) -> str:
    if choices is None or not protocol.answer_form.has_letters:
        return ""
    lines = [f"{letter}. {choices.text_of(letter)}" for letter in choices.letters]
    return "\n".join(["Options:", *lines])


def _answer_text(example: PanelContent, choices: Choices | None, protocol: Protocol) -> str:
    if choices is None or not protocol.answer_form.has_letters:
        return example.answer.strip()
    letter = choices.letter_of(example.answer)
    if letter is None:
        raise PromptError(f"The example's answer {example.answer!r} is none of the choices.")
    if protocol.answer_form is AnswerForm.RANKED_LETTERS:
        return letter
    return f"<answer>{letter}. {choices.text_of(letter)}</answer>"


def _closing(protocol: Protocol, *, is_after_examples: bool) -> str:
    """What the query's turn ends with."""
    instruction = _instruction(protocol, is_after_examples=is_after_examples)
    return instruction if protocol.input is Input.FULL else f"{WITHHELD_IMAGE} {instruction}"


def _instruction(protocol: Protocol, *, is_after_examples: bool) -> str:
    match protocol.reasoning, protocol.answer_form:
        case Reasoning.AT_ONCE, AnswerForm.OPEN | AnswerForm.RANKED_TEXTS:
            return OPEN_INSTRUCTION_AFTER_EXAMPLES if is_after_examples else OPEN_INSTRUCTION
        case Reasoning.STEP_BY_STEP, AnswerForm.OPEN:
            return (
                REASONED_INSTRUCTION_AFTER_EXAMPLES if is_after_examples else REASONED_INSTRUCTION
            )
        case Reasoning.AT_ONCE, AnswerForm.RANKED_LETTERS:
            return LETTER_INSTRUCTION
        case Reasoning.AT_ONCE, _:
            return CHOICE_INSTRUCTION
        case _:
            return REASONED_CHOICE_INSTRUCTION


def _part_json(part: Part) -> dict[str, str]:
    match part:
        case TextPart(text):
            return {"text": text}
        case ImagePart(sha256, media_type):
            return {"image": sha256, "media_type": media_type}


def sha256_of(document: Any) -> str:
    """SHA-256 of plain values as JSON with sorted keys, as 64 hexadecimal digits."""
    return hashlib.sha256(_canonical(document)).hexdigest()


def _canonical(document: Any) -> bytes:
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()
