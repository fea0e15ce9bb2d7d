"""Addresses in answers: whole ones, so that a program follows them as they are."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers


def address_of(request: Any, name: str, *args: object) -> str:
    """The address of a route on this site."""
    whole: str = request.build_absolute_uri(reverse(name, args=args))
    return whole


class Link(serializers.URLField):
    """The address of a route whose arguments are attributes of the row."""

    def __init__(self, name: str, *attributes: str) -> None:
        super().__init__(read_only=True, source="*")
        self._name, self._attributes = name, attributes

    def to_representation(self, row: Any) -> str:
        """The address of this row."""
        args = [_value(row, attribute) for attribute in self._attributes]
        return address_of(self.context["request"], self._name, *args)


def _value(row: Any, attribute: str) -> Any:
    for name in attribute.split("."):
        row = row[name] if isinstance(row, dict) else getattr(row, name)
    return row
