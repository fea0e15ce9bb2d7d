"""What django-allauth asks of us: nobody registers without an invitation."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Login and reset are allauth's; joining is our invitation page, `invitation_accept`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: allauth's own signup page stays closed."""
        return False
