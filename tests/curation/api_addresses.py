"""What the permission table asks the API: about whom, and with what body."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.curation.cast import Cast
from tests.curation.statuses import current
from tests.factories import png_bytes

type At = Callable[[Cast], tuple[object, ...]]

ABOUT: Mapping[str, At] = {
    **dict.fromkeys(
        (
            "release_detail",
            "release_problems",
            "release_files",
            "release_yank",
            "push_list",
            "leaderboard",
        ),
        lambda cast: (cast.release.version,),
    ),
    **dict.fromkeys(
        ("release_publish", "release_discard", "release_retry", "release_stop"),
        lambda cast: (cast.failed_release.version,),
    ),
    **dict.fromkeys(
        ("push_detail", "push_stop"),
        lambda cast: (cast.release.version, cast.push("queued").pk),
    ),
    "push_retry": lambda cast: (cast.release.version, cast.push("failed").pk),
    **dict.fromkeys(("problem_detail", "problem_submit"), lambda cast: (cast.draft.pk,)),
    **dict.fromkeys(
        ("problem_withdraw", "revision_list", "review_list", "comment_list"),
        lambda cast: (cast.submitted.pk,),
    ),
    "problem_reopen": lambda cast: (cast.withdrawn.pk,),
    "panel_detail": lambda cast: (cast.draft.pk, cast.panel.pk),
    "panel_image": lambda cast: (cast.draft.pk, cast.panel.pk),
    "revision_detail": lambda cast: (current(cast.submitted).pk,),
    "image_detail": lambda cast: (cast.image.pk,),
    "image_file": lambda cast: (cast.image.pk,),
}
"""By route: what it is asked about, as pages are."""

_PANELS = [{"role": "example"}, {"role": "query"}]
BODIES: Mapping[str, Mapping[str, Any]] = {
    "release_list": {"version": "7.0.0"},
    "release_yank": {"because": "A name is in it."},
    "push_list": {"repository": "lab/benchmark"},
    "problem_list": {"panels": _PANELS},
    "problem_submit": {"version": 1},
    "panel_detail": {"answer": "x", "versions": {"answer": "y"}},
    "run_list": {"release": "9.9.9", "endpoint": "None", "preset": "in_context_open"},
}
"""By route: what its POST or PATCH takes; an empty object where nothing is said."""


def upload() -> dict[str, object]:
    """A picture, as a form sends it."""
    return {"file": SimpleUploadedFile("disc.png", png_bytes(7))}
