"""The page where one signs in."""

import re

import pytest
from django.test import Client
from django.urls import reverse


@pytest.mark.django_db
def test_the_cursor_stands_in_the_email_and_staying_signed_in_is_offered(client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    (email,) = re.findall(r'<input[^>]*name="login"[^>]*>', page)
    assert "autofocus" in email
    assert "Stay signed in" in page
