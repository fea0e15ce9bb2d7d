"""A window for operators: everything can be read, little changed, for the verbs guard the rest."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from curation.models import (
    AnswerSeen,
    Problem,
    Release,
    Review,
    Revision,
    Specialty,
    StatusChange,
    User,
)


class ReadMostlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """Shows every field of the table itself; only those named in `editable` can be changed."""

    editable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only where something is editable."""
        name = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return bool(self.editable) and request.user.has_perm(name)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """The columns, without groups and other lists of rows."""
        names = (field.name for field in self.opts.fields)
        return [name for name in names if name not in self.hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """All that are not editable."""
        return [name for name in self.get_fields(request, obj) if name not in self.editable]


@admin.register(User)
class UserAdmin(ReadMostlyAdmin):
    """People; their roles and accounts are changed on the page People, which records it."""

    hidden = ("password",)
    list_display = ("email", "name", "is_author", "is_reviewer", "is_editor", "is_active")
    list_filter = ("is_author", "is_reviewer", "is_editor", "is_active", "specialty")
    search_fields = ("email", "name")


@admin.register(Specialty)
class SpecialtyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """Specialties: new ones, and better names; a slug stays, releases hold it."""

    list_display = ("name", "slug")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """The slug, once it exists."""
        return ["slug"] if obj else []


class TellingAdmin(ReadMostlyAdmin):
    """Rows that may tell a problem's answer: whoever opens one cannot answer it blind later."""

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """The row that a page shows."""
        row: Model | None = super().get_object(request, object_id, from_field)
        if row is not None and isinstance(request.user, User):
            AnswerSeen.objects.note(_problem_of(row), request.user)
        return row


def _problem_of(row: Any) -> Problem:
    match row:
        case Problem():
            return row
        case Review():
            return row.revision.problem
        case _:
            return row.problem  # type: ignore[no-any-return]  # of a Revision or a StatusChange


@admin.register(Problem)
class ProblemAdmin(TellingAdmin):
    """Problems as they are written."""

    list_display = ("id", "author", "status", "specialty", "updated_at")
    list_filter = ("status", "specialty")
    list_select_related = ("author", "specialty")
    search_fields = ("author__email", "author__name")


@admin.register(Revision)
class RevisionAdmin(TellingAdmin):
    """Frozen submissions."""

    list_display = ("problem", "number", "sha256", "submitted_by", "submitted_at")
    list_select_related = ("problem", "submitted_by")
    search_fields = ("sha256__startswith",)


@admin.register(Review)
class ReviewAdmin(TellingAdmin):
    """Verdicts."""

    list_display = ("revision", "reviewer", "verdict", "submitted_at")
    list_filter = ("verdict",)
    list_select_related = ("revision__problem", "reviewer")


@admin.register(StatusChange)
class StatusChangeAdmin(TellingAdmin):
    """What happened."""

    list_display = ("problem", "move", "old", "new", "changed_by", "changed_at")
    list_filter = ("move",)
    list_select_related = ("problem", "changed_by")


@admin.register(Release)
class ReleaseAdmin(ReadMostlyAdmin):
    """Versions and why their files could not be written."""

    list_display = ("version", "status", "attempts", "cut_by", "cut_at", "failure")
    list_filter = ("status",)
    list_select_related = ("cut_by",)
