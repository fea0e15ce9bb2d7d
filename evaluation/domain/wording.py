"""A protocol in sentences, for those who start a run and those who read it."""

from curation.domain.permutations import MOST_ORDERS
from evaluation.domain.arms import (
    AnswerForm,
    Input,
    Noise,
    NoisePosition,
    Order,
    Reasoning,
    Shots,
)
from evaluation.domain.protocol import Protocol


def in_words(protocol: Protocol) -> str:
    """What is shown, in which order, and how the answer is given; seed and decoding left out."""
    sentences = (
        _shots(protocol),
        _ORDERS[protocol.order],
        _noise(protocol),
        _INPUTS[protocol.input],
        _FORMS[protocol.answer_form],
        _REASONING[protocol.reasoning],
        f"Each is asked {protocol.repeats} times." if protocol.repeats > 1 else "",
    )
    return " ".join(filter(None, sentences))


_ORDERS = {
    Order.AUTHORED: "",
    Order.PERMUTATIONS: (
        f"Each problem is asked in all orders of its examples, {MOST_ORDERS} at most, as in the "
        "release's permuted set; problems that test reasoning are left out."
    ),
    Order.MATCHING_FIRST: (
        "Examples with the query's answer stand first; problems without one are left out."
    ),
    Order.MATCHING_LAST: (
        "Examples with the query's answer stand last; problems without one are left out."
    ),
}
_INPUTS = {
    Input.FULL: "",
    Input.NO_IMAGES: "No image is sent, only the words.",
    Input.NO_QUERY_IMAGE: "The query's image is withheld.",
}
_FORMS = {
    AnswerForm.OPEN: "The model writes its answer.",
    AnswerForm.MULTIPLE_CHOICE: (
        "The model chooses among the problem's answers, under letters drawn from the seed."
    ),
    AnswerForm.RANKED_LETTERS: (
        "The problem's answers are listed under letters drawn from the seed; the letter that the "
        "model finds most likely counts."
    ),
    AnswerForm.RANKED_TEXTS: (
        "Each of the problem's answers is put into the model's mouth; the one that it finds most "
        "likely counts, by the mean of its tokens and by their sum."
    ),
}
_REASONING = {
    Reasoning.AT_ONCE: "",
    Reasoning.STEP_BY_STEP: "It is told to think step by step first.",
}
_PLACES = {
    NoisePosition.FIRST: "before its own",
    NoisePosition.LAST: "after its own",
    NoisePosition.DRAWN: "anywhere among its own",
}


def _shots(protocol: Protocol) -> str:
    match protocol.shots:
        case Shots.NONE:
            return "The query is asked alone, without examples."
        case Shots.ALL:
            return "All examples of a problem are shown before its query."
        case Shots.FIRST if protocol.shot_count == 1:
            return "A problem's first example is shown before its query."
        case Shots.FIRST:
            return (
                f"A problem's first {protocol.shot_count} examples are shown before its query; "
                "problems with fewer are left out."
            )


def _noise(protocol: Protocol) -> str:
    if protocol.noise is Noise.NONE:
        return ""
    same = " of the same specialty" if protocol.noise is Noise.SAME_SPECIALTY else ""
    place = _PLACES[protocol.noise_position]
    if protocol.noise_count == 1:
        return f"An example of another problem{same}, drawn from the seed, stands {place}."
    return (
        f"{protocol.noise_count} examples of other problems{same}, drawn from the seed, "
        f"stand {place}."
    )
