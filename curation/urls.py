"""Addresses of curation: a view, its address and its template have one name."""

from django.urls import path

from curation.views import (
    arranging,
    health,
    images,
    imports,
    overview,
    pages,
    panels,
    people,
    problems,
    releases,
    reviews,
    uploads,
)

app_name = "curation"

_PROBLEM = "problems/<uuid:problem_id>"
_PANEL = f"{_PROBLEM}/panels/<int:panel_id>"

urlpatterns = [
    path("", pages.home, name="home"),
    path("instructions/", pages.instructions, name="instructions"),
    path("collection/", pages.collection, name="collection"),
    path("health/live", health.health_live, name="health_live"),
    path("health/ready", health.health_ready, name="health_ready"),
    path("problems/", problems.problem_list, name="problem_list"),
    path("problems/new/", problems.problem_create, name="problem_create"),
    path(f"{_PROBLEM}/edit/", problems.problem_edit, name="problem_edit"),
    path(f"{_PROBLEM}/", overview.problem_overview, name="problem_overview"),
    path(f"{_PROBLEM}/explain/", overview.warning_explain, name="warning_explain"),
    path(f"{_PROBLEM}/submit/", overview.problem_submit, name="problem_submit"),
    path(f"{_PROBLEM}/withdraw/", overview.problem_withdraw, name="problem_withdraw"),
    path(f"{_PROBLEM}/reopen/", overview.problem_reopen, name="problem_reopen"),
    path(f"{_PROBLEM}/history/", overview.problem_history, name="problem_history"),
    path(f"{_PROBLEM}/decide/<slug:move>/", overview.problem_decide, name="problem_decide"),
    path(f"{_PROBLEM}/examples/", arranging.example_add, name="example_add"),
    path(f"{_PANEL}/", panels.panel_edit, name="panel_edit"),
    path(f"{_PANEL}/add/", arranging.panel_add, name="panel_add"),
    path(f"{_PANEL}/remove/", arranging.panel_remove, name="panel_remove"),
    path(f"{_PANEL}/earlier/", arranging.panel_move_earlier, name="panel_move_earlier"),
    path(f"{_PANEL}/later/", arranging.panel_move_later, name="panel_move_later"),
    path(f"{_PANEL}/query/", arranging.panel_make_query, name="panel_make_query"),
    path(f"{_PANEL}/image/", uploads.image_upload, name="image_upload"),
    path(f"{_PANEL}/image/remove/", arranging.image_remove, name="image_remove"),
    path("images/<uuid:image_id>/", images.image_file, name="image_file"),
    path("images/<uuid:image_id>/thumbnail/", images.image_thumbnail, name="image_thumbnail"),
    path("imports/new/", imports.import_create, name="import_create"),
    path("imports/template.csv", imports.import_template, name="import_template"),
    path("imports/<uuid:import_id>/", imports.import_detail, name="import_detail"),
    path("imports/<uuid:import_id>/start/", imports.import_start, name="import_start"),
    path("imports/<uuid:import_id>/cancel/", imports.import_cancel, name="import_cancel"),
    path("reviews/", reviews.review_queue, name="review_queue"),
    path("reviews/<int:revision_id>/", reviews.review_detail, name="review_detail"),
    path("releases/", releases.release_list, name="release_list"),
    path("releases/new/", releases.release_create, name="release_create"),
    path("releases/<str:version>/", releases.release_detail, name="release_detail"),
    path("releases/<str:version>/retry/", releases.release_retry, name="release_retry"),
    path("releases/<str:version>/files/<path:path>", releases.release_file, name="release_file"),
    path("people/", people.people, name="people"),
    path("join/<str:token>/", people.invitation_accept, name="invitation_accept"),
    path("account/", people.account, name="account"),
]
