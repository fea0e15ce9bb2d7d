"""What was measured, side by side."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.http import AuthenticatedRequest, allowed_to
from curation.models import Release
from curation.permissions import can_edit_collection, is_member
from evaluation.expert_checks import open_answers
from evaluation.leaderboard import leaderboard_rows
from evaluation.permissions import can_check_judge


@require_safe
@allowed_to(is_member)
def leaderboard(request: AuthenticatedRequest) -> HttpResponseBase:
    """Endpoints and protocols of one release, the newest unless another is chosen."""
    releases = list(Release.objects.published())
    wanted = request.GET.get("release")
    release = next((r for r in releases if r.version == wanted), releases[0] if releases else None)
    rows = leaderboard_rows(release) if release else []
    protocols = {row.protocol_sha256: row.protocol_label for row in rows}
    protocol = request.GET.get("protocol", "")
    protocol = protocol if protocol in protocols else ""
    context = {
        "releases": releases,
        "release": release,
        "protocols": protocols,
        "protocol": protocol,
        "rows": [row for row in rows if protocol in {"", row.protocol_sha256}],
        "to_check": len(open_answers(request.user)) if can_check_judge(request.user) else None,
        "can_start": can_edit_collection(request.user),
    }
    return render(request, "evaluation/leaderboard.html", context)
