"""What was measured, side by side."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from curation.http import AuthenticatedRequest, allowed_to
from curation.models import Release
from curation.permissions import can_edit_collection, is_member
from evaluation.leaderboard import leaderboard as rows_of


@require_GET
@allowed_to(is_member)
def leaderboard(request: AuthenticatedRequest) -> HttpResponseBase:
    """Endpoints and protocols of one release, the newest unless another is chosen."""
    releases = list(Release.objects.ready())
    wanted = request.GET.get("release")
    release = next((r for r in releases if r.version == wanted), releases[0] if releases else None)
    protocol = request.GET.get("protocol", "")
    rows = rows_of(release) if release else []
    context = {
        "releases": releases,
        "release": release,
        "protocols": sorted({row.protocol_label for row in rows}),
        "protocol": protocol,
        "rows": [row for row in rows if protocol in {"", row.protocol_label}],
        "can_start": can_edit_collection(request.user),
    }
    return render(request, "evaluation/leaderboard.html", context)
