"""Pages by cursor: after the last row that was seen, not after so many rows.

So what is added or taken out meanwhile neither repeats a row nor leaves one out, and the thousandth
page costs what the first does.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework import serializers

from curation.api.fields import Strict
from curation.api.problems import RefusedError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Paging(Strict):
    """Which page of a list."""

    cursor = serializers.CharField(
        required=False, max_length=500, help_text="From `next` of the page before; opaque."
    )
    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_LIMIT,
        default=DEFAULT_LIMIT,
        help_text="How many rows at most.",
    )


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """Some rows, and the cursor after them; empty where they are the last."""

    rows: Sequence[Row]
    cursor: str

    def showing[Shown](self, shown: Callable[[Row], Shown]) -> "Page[Shown]":
        """The page with what is shown of each row."""
        return Page([shown(row) for row in self.rows], self.cursor)


def page_of[M: Model](
    rows: QuerySet[M], asked: dict[str, Any], *by: str, newest_first: bool = False
) -> Page[M]:
    """The rows after the cursor, in the order of columns that never change and are unique together.

    One query. A cursor that was not given out here is refused with 400.
    """
    names = by or ("pk",)
    sign = "-" if newest_first else ""
    ordered = rows.order_by(*(f"{sign}{name}" for name in names))
    if asked.get("cursor"):
        after = _decoded(ordered.model, names, asked["cursor"])
        ordered = ordered.filter(_beyond(names, after, "lt" if newest_first else "gt"))
    limit = asked["limit"]
    found = list(ordered[: limit + 1])
    is_last = len(found) <= limit
    return Page(found[:limit], "" if is_last else _encoded(found[limit - 1], names))


def _beyond(names: Sequence[str], after: Sequence[Any], compare: str) -> Q:
    """Rows whose columns, read as a tuple, come after these values."""
    beyond, same = Q(), Q()
    for name, value in zip(names, after, strict=True):
        beyond |= same & Q(**{f"{name}__{compare}": value})
        same &= Q(**{name: value})
    return beyond


def _encoded(row: Model, names: Sequence[str]) -> str:
    values = [_text(getattr(row, name)) for name in names]
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _decoded(model: type[Model], names: Sequence[str], cursor: str) -> list[Any]:
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        kinds = [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names]
        pairs = zip(kinds, values, strict=True)
        return [_value(kind, value) for kind, value in pairs]
    except (ValueError, TypeError, RecursionError, ValidationError):
        words = "This cursor is of no page here. Begin again without one."
        raise RefusedError(400, "bad_cursor", words) from None


def _value(kind: Any, text: Any) -> Any:
    if not isinstance(text, str):
        raise TypeError(text)
    return kind.to_python(text)
