"""Addresses: curation at the root, evaluation beside it, allauth for accounts."""

from allauth.account import views as accounts
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount import views as social
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from curation.api.problems import nothing_here
from curation.views.single_sign_on import single_sign_on, single_sign_on_back

# One login for all, which counts failed attempts; the admin's own does not.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth documents it

# The window for operators shows no secret of a person, and nobody is let in by changing a row.
admin.site.unregister((EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken))

# Of allauth's pages those we use: an e-mail address is given by an invitation and stays.
_accounts = [
    path("login/", accounts.login, name="account_login"),
    path("logout/", accounts.logout, name="account_logout"),
    path("inactive/", accounts.account_inactive, name="account_inactive"),
    path("signup/", accounts.signup, name="account_signup"),
    path("reauthenticate/", accounts.reauthenticate, name="account_reauthenticate"),
    path("password/change/", accounts.password_change, name="account_change_password"),
    # Who signs in elsewhere and has no password proves first that the address is theirs.
    path(
        "password/set/",
        RedirectView.as_view(pattern_name="account_reset_password"),
        name="account_set_password",
    ),
    path("password/reset/", accounts.password_reset, name="account_reset_password"),
    path("password/reset/done/", accounts.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        accounts.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        accounts.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("oidc/<str:provider_id>/login/", single_sign_on, name="openid_connect_login"),
    path(
        "oidc/<str:provider_id>/login/callback/",
        single_sign_on_back,
        name="openid_connect_callback",
    ),
    path("sso/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
]

urlpatterns = [
    path("accounts/", include(_accounts)),
    path("admin/", admin.site.urls),
    path("api/v1/", include("curation.api.urls")),
    path("api/v1/", include("evaluation.api.urls")),
    path("api/<path:path>", nothing_here, name="api_nothing"),
    path("", include("curation.urls")),
    path("", include("evaluation.urls")),
]
