"""Addresses of curation's API, below /api/v1/."""

from django.urls import path

from curation.api.views import explorer, images, problems, pushes, releases, reviews, vocabulary

app_name = "curation_api"

_RELEASE = "releases/<str:version>"
_PUSH = f"{_RELEASE}/pushes/<int:push_id>"
_PROBLEM = "problems/<uuid:problem_id>"
_PANEL = f"{_PROBLEM}/panels/<int:panel_id>"

urlpatterns = [
    path("", explorer.api_explorer, name="api_explorer"),
    path("schema", explorer.schema, {"form": "json"}, name="schema"),
    path("schema.yaml", explorer.schema, {"form": "yaml"}, name="schema_yaml"),
    path("vocabulary", vocabulary.Vocabulary.as_view(), name="vocabulary"),
    path("releases", releases.ReleaseList.as_view(), name="release_list"),
    path(_RELEASE, releases.ReleaseDetail.as_view(), name="release_detail"),
    path(f"{_RELEASE}/problems", releases.ReleaseProblems.as_view(), name="release_problems"),
    path(f"{_RELEASE}/files", releases.ReleaseFiles.as_view(), name="release_files"),
    path(f"{_RELEASE}/publish", releases.ReleasePublish.as_view(), name="release_publish"),
    path(f"{_RELEASE}/discard", releases.ReleaseDiscard.as_view(), name="release_discard"),
    path(f"{_RELEASE}/stop", releases.ReleaseStop.as_view(), name="release_stop"),
    path(f"{_RELEASE}/retry", releases.ReleaseRetry.as_view(), name="release_retry"),
    path(f"{_RELEASE}/pushes", pushes.PushList.as_view(), name="push_list"),
    path(_PUSH, pushes.PushDetail.as_view(), name="push_detail"),
    path(f"{_PUSH}/stop", pushes.PushStop.as_view(), name="push_stop"),
    path(f"{_PUSH}/retry", pushes.PushRetry.as_view(), name="push_retry"),
    path(f"{_RELEASE}/yank", releases.ReleaseYank.as_view(), name="release_yank"),
    path("problems", problems.ProblemList.as_view(), name="problem_list"),
    path(_PROBLEM, problems.ProblemDetail.as_view(), name="problem_detail"),
    path(f"{_PROBLEM}/submit", problems.ProblemSubmit.as_view(), name="problem_submit"),
    path(f"{_PROBLEM}/withdraw", problems.ProblemWithdraw.as_view(), name="problem_withdraw"),
    path(f"{_PROBLEM}/reopen", problems.ProblemReopen.as_view(), name="problem_reopen"),
    path(_PANEL, problems.PanelDetail.as_view(), name="panel_detail"),
    path(f"{_PANEL}/image", problems.PanelImage.as_view(), name="panel_image"),
    path(f"{_PROBLEM}/revisions", reviews.RevisionList.as_view(), name="revision_list"),
    path(f"{_PROBLEM}/reviews", reviews.ReviewList.as_view(), name="review_list"),
    path(f"{_PROBLEM}/comments", reviews.CommentList.as_view(), name="comment_list"),
    path("revisions/<int:revision_id>", reviews.RevisionDetail.as_view(), name="revision_detail"),
    path("images/<uuid:image_id>", images.ImageDetail.as_view(), name="image_detail"),
    path("images/<uuid:image_id>/file", images.ImageFile.as_view(), name="image_file"),
]
