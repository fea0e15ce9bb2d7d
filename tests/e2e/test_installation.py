"""The installation the journeys use is a whole one."""

from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation

_COUNT_HEARTBEATS = "from curation.models import Heartbeat; print(Heartbeat.objects.count())"


def test_a_stranger_sees_the_login_page(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url("/accounts/login/?next=/")
    expect(page.get_by_label("E-mail address")).to_be_visible()


def test_the_worker_writes_a_heartbeat(installation: Installation) -> None:
    printed = installation.run_code(_COUNT_HEARTBEATS)
    assert int(printed) >= 1
