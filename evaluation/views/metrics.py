"""What a monitoring system asks."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from curation.http import open_to_all
from evaluation.metrics import metrics_text


@require_safe
@open_to_all
def metrics(request: HttpRequest) -> HttpResponseBase:
    """How runs and endpoints are; absent for whoever has not the operator's token."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(given, expected):
        raise Http404
    return HttpResponse(metrics_text(timezone.now()), content_type=CONTENT_TYPE_LATEST)
