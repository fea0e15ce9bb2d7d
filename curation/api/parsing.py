"""Reading JSON without the surprises that JSON allows."""

import json
from collections.abc import Mapping
from typing import Any

from rest_framework import exceptions, parsers
from rest_framework.utils import json as strict_json


class StrictJsonParser(parsers.BaseParser):
    """JSON in UTF-8 without NaN, half characters, repeated names or bottomless nesting."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The document; ParseError says why there is none."""
        try:
            text = stream.read().decode("utf-8")
            document = json.loads(
                text,
                parse_constant=strict_json.strict_constant,
                object_pairs_hook=_with_names_once,
            )
            # A surrogate without its other half is legal in JSON and in no database.
            json.dumps(document, ensure_ascii=False).encode()
        except RecursionError:
            raise exceptions.ParseError("This JSON is nested too deeply.") from None
        except UnicodeError:
            raise exceptions.ParseError("This text is not UTF-8, or has half characters.") from None
        except ValueError as error:
            raise exceptions.ParseError(f"This is not JSON: {error}") from None
        return document


def _with_names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return document
