"""The description of the API, and a page to read it and try it."""

import yaml
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.api.schema import description
from curation.http import AuthenticatedRequest, open_to_all


@require_safe
@open_to_all
def api_explorer(request: AuthenticatedRequest) -> HttpResponseBase:
    """What can be asked, and a form for each operation that asks it."""
    return render(request, "curation/api_explorer.html")


@require_safe
@open_to_all
def schema(request: AuthenticatedRequest, form: str) -> HttpResponseBase:
    """The description in OpenAPI 3.1."""
    if form == "json":
        return JsonResponse(description())
    text = yaml.safe_dump(description(), sort_keys=False, allow_unicode=True)
    return HttpResponse(text, content_type="application/yaml; charset=utf-8")
