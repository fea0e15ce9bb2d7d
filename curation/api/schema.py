"""The description of the API in OpenAPI 3.1, made from what each operation states."""

from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    inline_serializer,
)
from rest_framework import serializers

from curation.api.fields import Strict
from curation.api.idempotency import HEADER, PATTERN
from curation.api.operations import Operation
from curation.api.problems import MEDIA_TYPE
from curation.models import Scope

_TOKEN, _SESSION = "token", "session"

DESCRIPTION = f"""\
Releases, problems, reviews and runs for programs. It does what the pages do, by the same rules:
what you may not see is absent (404), what you may see but not do is forbidden (403), and what is
not possible just now is a conflict (409).

**Who asks.** Send a token of the page *API tokens*: `Authorization: Bearer icl_…`. A token opens
what it was made for: {", ".join(f"`{scope.value}`" for scope in Scope)}. Public releases are read
without one. On this page you ask as whoever is signed in.

**Lists** come in pages: follow `next` until it is null. Rows that are added meanwhile neither
repeat a row nor hide one. `limit` is at most 200.

**Writing twice.** Send `{HEADER}` with a value of your own, such as a UUID, with whatever changes
something. The same request sent again within 24 hours is then not done again but answered as the
first one was; with another body the key is refused with 422.

**Refusals** are documents of RFC 9457: `title`, `status`, `detail` in words, a `code` for programs,
and where a body is refused `errors`, each with the JSON pointer of what it is about. 429 says in
`Retry-After` how many seconds to wait.
"""

_REFUSALS = {
    400: "It cannot be read.",
    401: "The token does not work, or there is none.",
    403: "Forbidden: to your roles, or to this token.",
    404: "There is nothing here, or nothing that you may see.",
    406: "Only JSON is given.",
    409: "Not now: the message says why, and what to do.",
    413: "It is too large.",
    415: "Only JSON is taken, for files multipart/form-data.",
    422: "The content cannot be taken: `errors` says where and why.",
    429: "Too many requests. `Retry-After` says when to ask again.",
    500: "Something went wrong here.",
}
_OF_ALL = (400, 401, 403, 406, 429, 500)
_OF_WRITES = (409, 413, 415, 422)
_OF_PLACES = (404,)


class ProblemDetailsSerializer(serializers.Serializer):
    """Why something was refused (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()


class DescribedOperation(AutoSchema):
    """An operation as it states itself."""

    @property
    def _stated(self) -> Operation:
        handler = getattr(self.view, self.method.lower())
        stated: Operation = handler.operation
        return stated

    def get_operation_id(self) -> str:
        """Its verb."""
        return self._stated.name

    def get_summary(self) -> str:
        """The verb in words."""
        return self._stated.name.replace("_", " ").capitalize()

    def get_description(self) -> str:
        """The handler's own words, and what a token must be good for."""
        handler = getattr(self.view, self.method.lower())
        lines = [line.strip() for line in (handler.__doc__ or "").strip().splitlines()]
        scope = self._stated.scope
        needed = f"\n\nA token needs the scope `{scope}`." if scope else ""
        return "\n".join(lines) + needed

    def get_tags(self) -> list[str]:
        """The resource: the first part of the address, or the one that is part of another."""
        parts = self.path.removeprefix("/api/v1/").split("/")
        return [parts[0]]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """A token with its scope, a session, and for what is open nobody."""
        scope = self._stated.scope
        schemes: list[dict[str, list[str]]] = [{_TOKEN: [str(scope)] if scope else []}]
        schemes.append({_SESSION: []})
        return [*schemes, {}] if self._stated.may is None else schemes

    def get_override_parameters(self) -> list[Any]:
        """The query, and the key of writes."""
        parameters: list[Any] = [self._stated.query] if self._stated.query else []
        if self._stated.is_write:
            words = "A value of your own that makes repeating this request safe."
            kind = {"type": "string", "pattern": PATTERN, "maxLength": 257}
            parameters.append(OpenApiParameter(HEADER, kind, "header", description=words))
        return parameters

    def get_examples(self) -> list[Any]:
        """A body as one would send it."""
        example = self._stated.example
        return [OpenApiExample("Such as", example, request_only=True)] if example else []

    def get_request_serializer(self) -> Any:
        """The body."""
        return self._stated.body

    def get_response_serializers(self) -> Any:
        """What it gives, and what it refuses."""
        refused = {
            (code, MEDIA_TYPE): OpenApiResponse(ProblemDetailsSerializer, _REFUSALS[code])
            for code in sorted(self._refusals())
        }
        if self._stated.gives is bytes:
            pictures = {(200, kind): OpenApiTypes.BINARY for kind in ("image/png", "image/jpeg")}
            return {**pictures, **refused}
        return {str(self._stated.status): self._gives(), **refused}

    def _gives(self) -> Any:
        if not self._stated.is_paged:
            return self._stated.gives
        name = self._stated.gives.__name__.removesuffix("Serializer")
        return inline_serializer(
            f"{name}Page",
            {
                "results": self._stated.gives(many=True),
                "next": serializers.URLField(
                    allow_null=True, help_text="The next page; null on the last."
                ),
            },
        )

    def _refusals(self) -> set[int]:
        codes = set(_OF_ALL)
        if "{" in self.path:
            codes |= set(_OF_PLACES)
        if self._stated.is_write:
            codes |= set(_OF_WRITES)
        if self._stated.name in {"list_reviews", "list_comments"}:  # which may tell the answer
            codes.add(409)
        return codes

    def map_renderers(self, attribute: str) -> list[Any]:
        """JSON, whatever the renderers are asked."""
        return (
            ["application/json"] if attribute == "media_type" else super().map_renderers(attribute)
        )

    def _postprocess_serializer_schema(self, schema: Any, serializer: Any, direction: Any) -> Any:
        schema = super()._postprocess_serializer_schema(schema, serializer, direction)
        if isinstance(serializer, Strict):
            schema["additionalProperties"] = False
        return schema


@cache
def description() -> dict[str, Any]:
    """The whole document; the same for everybody."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    document["info"]["description"] = DESCRIPTION
    document["components"]["securitySchemes"] = {
        _TOKEN: {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of the page API tokens.",
        },
        _SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "Signed in with a browser. Writes need the header X-CSRFToken, too.",
        },
    }
    return document
