"""What a load balancer asks."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from curation.http import open_to_all
from curation.storing import require_storages


@require_safe
@open_to_all
def health_live(request: HttpRequest) -> HttpResponseBase:
    """The process answers."""
    return HttpResponse("live", content_type="text/plain")


@require_safe
@open_to_all
def health_ready(request: HttpRequest) -> HttpResponseBase:
    """The process can do its work: the database answers, and files can be kept."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("the database does not answer", status=503, content_type="text/plain")
    try:
        require_storages()
    except OSError:
        return HttpResponse("the files cannot be kept", status=503, content_type="text/plain")
    return HttpResponse("ready", content_type="text/plain")
