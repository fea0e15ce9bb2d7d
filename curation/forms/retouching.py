"""What of a picture is kept and what is covered: numbers in pixels, which a drawing may fill in."""

from collections.abc import Sequence
from dataclasses import astuple
from itertools import zip_longest
from typing import Any, Self

from django import forms
from django.http import QueryDict

from curation.domain.retouching import Rectangle, refusals, whole
from curation.models import Image

SIDES = ("left", "top", "width", "height")

type Row = dict[str, str]


def _pixels() -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"min": 0, "inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(required=False, widget=widget)


class RectangleForm(forms.Form):
    """Four numbers, or none where there is no rectangle."""

    left = _pixels()
    top = _pixels()
    width = _pixels()
    height = _pixels()

    def clean(self) -> dict[str, Any]:
        """Half a rectangle is none that could be drawn."""
        numbers = self._numbers()
        if not self.errors and None in numbers and numbers != [None] * len(SIDES):
            raise forms.ValidationError("Fill in all four numbers, or none.")
        return self.cleaned_data

    def _numbers(self) -> list[int | None]:
        return [self.cleaned_data.get(side) for side in SIDES]

    def rectangle(self) -> Rectangle | None:
        """The rectangle, if the form is valid and not empty."""
        left, top, width, height = self._numbers() if self.is_valid() else [None] * len(SIDES)
        if left is None or top is None or width is None or height is None:
            return None
        return Rectangle(left, top, width, height)


class RetouchForm:
    """A crop and any number of boxes, each a form of four numbers with the same four names."""

    def __init__(self, crop: Row, boxes: Sequence[Row]) -> None:
        self.rows = crop, boxes
        self.crop = RectangleForm(crop, prefix="crop")
        self.boxes = [
            RectangleForm(box, auto_id=f"box-{number}-%s") for number, box in enumerate(boxes)
        ]
        self.spare = RectangleForm(auto_id="box-NEW-%s")

    @classmethod
    def empty(cls) -> Self:
        """Nothing drawn yet, and place for one box."""
        return cls({}, [{}])

    @classmethod
    def sent(cls, data: QueryDict) -> Self:
        """What was typed or drawn."""
        crop = {f"crop-{side}": data.get(f"crop-{side}", "") for side in SIDES}
        columns = zip_longest(*(data.getlist(side) for side in SIDES), fillvalue="")
        return cls(crop, [dict(zip(SIDES, row, strict=True)) for row in columns])

    def changed(self, then: str, suggested: Sequence[Sequence[int]]) -> Self | None:
        """What a button makes of it that only fills in the form; None for any other button."""
        crop, boxes = self.rows
        what, _, which = then.partition("-")
        place = int(which) if which.isdecimal() and len(which) < 4 else -1
        if then == "uncrop":
            crop = {}
        elif then == "add":
            boxes = [*boxes, {}]
        elif what == "remove":
            boxes = [box for number, box in enumerate(boxes) if number != place]
        elif what == "cover":
            chosen = suggested if which == "all" else suggested[place : place + 1]
            boxes = [*filter(_is_filled, boxes), *map(_row, chosen)]
        else:
            return None
        return type(self)(crop, boxes)

    def tidied(self) -> Self:
        """Without rows that were left empty, so that boxes have the numbers that are shown."""
        crop, boxes = self.rows
        return type(self)(crop, [*filter(_is_filled, boxes)] or [{}])

    def rectangle(self) -> Rectangle | None:
        """What is kept, if not everything."""
        return self.crop.rectangle()

    def rectangles(self) -> list[Rectangle]:
        """What is covered."""
        return [part for box in self.boxes if (part := box.rectangle())]

    def done(self) -> str:
        """What is done to the picture, in words."""
        done = (("cropped", self.rectangle()), ("covered", self.rectangles()))
        return " and ".join(word for word, drawn in done if drawn)

    def refusals(self, image: Image) -> list[str]:
        """What is wrong with it for this image, in words; may be none."""
        named = [("The crop", self.crop)]
        named += [(f"Box {number}", box) for number, box in enumerate(self.boxes, start=1)]
        said = [f"{name}: {_said(form)}" for name, form in named if not form.is_valid()]
        picture = whole(image.width, image.height)
        return said or refusals(picture, self.rectangle(), self.rectangles())


def _is_filled(row: Row) -> bool:
    return any(row.values())


def _row(area: Sequence[int]) -> Row:
    return dict(zip(SIDES, map(str, astuple(Rectangle(*area))), strict=True))


def _said(form: RectangleForm) -> str:
    sentences = [sentence for errors in form.errors.values() for sentence in errors]
    return " ".join(dict.fromkeys(map(str, sentences)))
