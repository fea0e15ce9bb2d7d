"""Fields that take what their description says and nothing that could be read as it."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from curation.forms.fields import LONGEST_TEXT


class Strict(serializers.Serializer):
    """A body or a query that refuses fields it does not know, by name."""

    def to_internal_value(self, data: Any) -> Any:
        """The known fields, all of them checked."""
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]
            said = f"There is no such field. There are: {', '.join(known) or 'none'}."
            if unknown := {str(name): [said] for name in data if name not in known}:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class Nothing(Strict):
    """A body without fields: `{}`, or none at all."""


class Text(serializers.CharField):
    """A string; a number is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": LONGEST_TEXT, "allow_blank": True, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """The text."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class Whole(serializers.IntegerField):
    """A whole number as JSON has it: neither a string nor true."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        is_whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if not is_whole or isinstance(data, bool):
            self.fail("invalid")
        number: int = super().to_internal_value(int(data))
        return number


class Flag(serializers.BooleanField):
    """True or false; no word for either."""

    def to_internal_value(self, data: Any) -> bool:
        """Which."""
        if data is not True and data is not False:
            self.fail("invalid", input=data)
        return data is True


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> str:
        """The word."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        word: str = super().to_internal_value(data)
        return word
