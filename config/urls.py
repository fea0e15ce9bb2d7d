"""Addresses: curation at the root, evaluation beside it, allauth for accounts."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("", include("curation.urls")),
    path("", include("evaluation.urls")),
]
