"""A window for operators: everything can be read, nothing changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from evaluation.models import ModelEndpoint, Run


class ReadOnly:
    """Changes go through the verbs, which guard them."""

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Never."""
        return False


@admin.register(ModelEndpoint)
class ModelEndpointAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """Endpoints; of keys only the names of their variables exist here."""

    list_display = ("name", "kind", "base_url", "model", "is_active")
    list_filter = ("kind", "is_active")


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """Runs and why they stopped."""

    list_display = ("id", "release", "endpoint", "status", "created_at", "finished_at", "failure")
    list_filter = ("status",)
    list_select_related = ("release", "endpoint")
