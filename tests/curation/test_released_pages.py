"""What everybody may read of releases: pages, problems for ever, the feed; and who opens them."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse

from curation import workflow
from curation.domain.bundle.statement import AgreementLine, BaselineLine, DataStatement
from curation.models import HistoryEntry, Image, Problem, Release, ReleaseItem, Status, What
from tests.curation.cast import Cast, make_approved
from tests.curation.releasing import release_holding_out, written_release, yank
from tests.curation.statuses import Crew, bring_to, cut_and_publish, make_crew
from tests.factories import make_editor, make_person, make_release, png_bytes

pytestmark = pytest.mark.django_db

_NOTES = "# New\n\n- *Much*\n\n<script>alert(1)</script>"
_ANEW = r'nonce="[^"]*"|"X-CSRFToken": "[^"]*"'  # in each answer
_ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def author() -> Any:
    return make_person(is_author=True)


def _page(release: Release) -> str:
    return reverse("curation:release_detail", args=[release.version])


def _problem_page(release: Release, problem: Problem | None = None) -> str:
    problem = problem or release.items.earliest("position").problem
    return reverse("curation:release_problem", args=[release.version, problem.pk])


def _text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def _release_with(author: Any, **said: Any) -> Release:
    """A published release that says this of itself."""
    editor = make_editor()
    release = Release.objects.create(version="1.0.0", cut_by=editor, **said)
    problem = make_approved(author)
    assert problem.current_revision is not None
    ReleaseItem.objects.create(
        release=release, problem=problem, revision=problem.current_revision, position=0
    )
    Release.objects.filter(pk=release.pk).update(
        status=Release.Status.READY,
        stage=Release.Stage.PUBLISHED,
        published_at=release.cut_at,
        published_by=editor,
    )
    return release


def test_strangers_read_what_is_public_and_are_offered_to_sign_in(
    client: Client, cast: Cast
) -> None:
    for address in (_page(cast.release), reverse("curation:release_list")):
        page = _text(client, address)
        assert cast.release.version in page
        assert f"{reverse('account_login')}?next=" in page
        assert reverse("curation:notice_list") not in page
        assert cast.editor.name not in page
        assert "Sign out" not in page


def test_strangers_find_no_draft_and_nothing_that_needs_an_account(
    client: Client, cast: Cast
) -> None:
    closed = make_release(make_approved(cast.author), version="3.0.0")
    draft = Release.objects.create(version="2.0.0", cut_by=cast.editor)
    Release.objects.filter(pk=closed.pk).update(is_public=False)
    listed = client.get(reverse("curation:release_list")).context["releases"]
    assert list(listed) == []
    for release in (draft, closed):
        assert client.get(_page(release)).status_code == 404
    assert client.get(_problem_page(closed)).status_code == 404
    client.force_login(cast.reader)
    assert client.get(_page(closed)).status_code == 200
    assert client.get(_page(draft)).status_code == 404


def test_the_way_to_the_login_leads_back(client: Client, cast: Cast) -> None:
    answer = client.get("/releases/9.9.9/")
    assert answer.status_code == 404
    assert f"{reverse('account_login')}?next=%2Freleases%2F9.9.9%2F" in answer.content.decode()


def test_what_is_for_members_looks_to_strangers_as_what_does_not_exist(
    client: Client, cast: Cast
) -> None:
    Release.objects.filter(pk=cast.release.pk).update(is_public=False)
    bodies = set()
    for version in (cast.release.version, "9.9.9"):
        answer = client.get(reverse("curation:release_detail", args=[version]))
        assert answer.status_code == 404
        page = re.sub(_ANEW, "", answer.content.decode())
        bodies.add(page.replace(version, "VERSION"))
    body, *others = bodies
    assert others == []
    assert "If you have an account, sign in" in body
    client.force_login(cast.reader)
    absent = client.get(reverse("curation:release_detail", args=["9.9.9"])).content.decode()
    assert "If you have an account" not in absent


class TestWhoMayReadIt:
    def _send(self, client: Client, release: Release, who: str) -> Any:
        address = reverse("curation:release_open", args=[release.version])
        return client.post(address, {"who": who})

    def test_an_editor_closes_and_opens_it_and_the_history_says_so(
        self, client: Client, cast: Cast
    ) -> None:
        client.force_login(cast.editor)
        for who, is_public, what in (
            ("members", False, What.RELEASE_CLOSED),
            ("all", True, What.RELEASE_OPENED),
        ):
            assert self._send(client, cast.release, who).status_code == 302
            cast.release.refresh_from_db()
            assert cast.release.is_public is is_public
            last = HistoryEntry.objects.newest_first()[0]
            assert (last.what, last.person) == (what, cast.editor)

    def test_what_is_so_already_is_said(self, client: Client, cast: Cast) -> None:
        client.force_login(cast.editor)
        assert self._send(client, cast.release, "all").status_code == 409

    def test_only_editors_are_offered_it(self, client: Client, cast: Cast) -> None:
        client.force_login(cast.reader)
        assert "Who may read it" not in _text(client, _page(cast.release))
        client.force_login(cast.editor)
        assert "Who may read it" in _text(client, _page(cast.release))


class TestAProblemOfARelease:
    def test_is_shown_to_strangers_as_the_release_has_it(self, client: Client, author: Any) -> None:
        release = make_release(make_approved(author))
        item = release.items.get()
        item.problem.panels.update(question="Written later?")
        page = _text(client, _problem_page(release))
        assert "Written later?" not in page
        assert "What does this image show?" in page
        assert "Pneumothorax" in page
        assert item.revision.sha256 in page
        assert "CC0-1.0" in page
        assert _problem_page(release) in _text(client, _page(release))

    def test_has_pictures_that_strangers_get_while_the_release_stands(
        self, client: Client, author: Any
    ) -> None:
        release = make_release(make_approved(author))
        image = Image.objects.filter(revisions__releases=release).earliest("pk")
        storages["images"].save(image.thumbnail_name, ContentFile(png_bytes(1)))
        for name in ("image_file", "image_thumbnail"):
            address = reverse(f"curation:{name}", args=[image.pk])
            assert address.encode() in client.get(_problem_page(release)).content or (
                name == "image_thumbnail"
            )
            answer = client.get(address)
            assert answer.status_code == 200
            assert b"".join(answer)
        yank(release)
        assert client.get(address).status_code == 404

    def test_that_was_retired_since_says_so_and_why(self, client: Client) -> None:
        crew: Crew = make_crew()
        problem = bring_to(Status.RETIRED, crew)
        release = Release.objects.get()
        assert "Retired since" in _text(client, _page(release))
        page = _text(client, _problem_page(release, problem))
        assert "Wrong side." in page
        assert "What does this image show?" in page
        assert crew.editor.name not in page

    def test_of_a_yanked_release_is_shown_no_more(self, client: Client, author: Any) -> None:
        release = make_release(make_approved(author))
        yank(release, "An image shows a name.")
        page = _text(client, _problem_page(release))
        assert "An image shows a name." in page
        assert "Pneumothorax" not in page
        assert "<img" not in page

    def test_that_is_in_another_release_is_not_found(self, client: Client, author: Any) -> None:
        first, second = (make_release(make_approved(author)) for _ in range(2))
        problem = second.items.get().problem
        assert client.get(_problem_page(first, problem)).status_code == 404

    def test_that_is_held_out_keeps_its_answer_and_what_tells_it(
        self, client: Client, author: Any
    ) -> None:
        release = release_holding_out(author)
        item = release.items.get()
        query = item.revision.content().query
        image = query.image
        assert image is not None
        page = _text(client, _problem_page(release))
        assert "Held out" in page
        assert item.revision.sha256 not in page  # by it, answers could be guessed and tried
        assert image.alt_text not in page.split("Query")[-1]
        assert page.count(query.answer) == 1  # in an example, as a model is shown it
        listed = _text(client, _page(release))
        assert "held out" in listed
        assert query.answer not in listed
        client.force_login(author)
        assert item.revision.sha256 in _text(client, _problem_page(release))


def test_a_yanked_release_stays_and_says_why_without_files(client: Client, author: Any) -> None:
    release = written_release(problems=1)
    yank(release, "An image shows a name.")
    page = _text(client, _page(release))
    assert "An image shows a name." in page
    assert "/files/" not in page
    assert ".zip" not in page
    assert "load_dataset" not in page
    assert "<img" not in page


def test_the_list_of_problems_asks_as_often_for_strangers(
    client: Client, author: Any, django_assert_max_num_queries: Any
) -> None:
    release = make_release(*(make_approved(author) for _ in range(4)))
    with django_assert_max_num_queries(13):
        client.get(_page(release))


class TestWhatAPageSaysOfTrust:
    """What whoever opens it reads first."""

    @pytest.fixture
    def crew(self) -> Crew:
        return make_crew()

    def test_its_making_stands_before_what_is_taken(self, client: Client, crew: Crew) -> None:
        for _ in range(2):
            bring_to(Status.APPROVED, crew)
        release = cut_and_publish(
            "1.0.0", by=crew.editor, held_out_percent=50, limits="# Few\n\n*Adults* only."
        )
        page = _text(client, _page(release))
        heads = [page.index(f'id="{name}"') for name in ("trust", "limits", "problems", "files")]
        assert heads == sorted(heads)
        trust = " ".join(page[heads[0] : heads[1]].split())
        assert "2; the answer of 1 is held out" in trust
        assert f"{release.card['license']} for the texts" in trust
        assert "approved by at least 2 reviewers, none of them its author" in trust
        assert "1 author and 2 reviewers" in trust
        assert "<em>Adults</em> only." in page[heads[1] : heads[2]]

    def test_agreement_and_human_baseline_have_their_intervals(
        self, client: Client, author: Any
    ) -> None:
        statement = DataStatement(
            agreement=(
                AgreementLine(what="verdict", kappa=0.714, low=0.6, high=0.82, revisions=40),
                AgreementLine(what="Rarity", revisions=1),
            ),
            human_baseline=(BaselineLine(shots="0-shot", k=3, n=4, low=0.301, high=0.954),),
        )
        release = _release_with(author, card={"statement": statement.to_json()})
        page = _text(client, _page(release))
        for words in ("Verdict: kappa 0.71", "0.60 to 0.82, 40 revisions", "0.750", "3 of 4"):
            assert words in page
        assert "0.301 to 0.954" in page
        assert "Rarity" not in page

    def test_what_is_not_known_is_not_claimed(self, client: Client, author: Any) -> None:
        release = _release_with(author, card={})
        page = _text(client, _page(release))
        for words in (
            "Nothing is known of how it was reviewed",
            "Too few reviews to say",
            "Nobody answered before seeing the answer",
            "None are written down",
        ):
            assert words in page

    def test_what_the_last_release_had_and_this_one_has_not(
        self, client: Client, crew: Crew
    ) -> None:
        gone, later, _ = (bring_to(Status.APPROVED, crew) for _ in range(3))
        cut_and_publish("1.0.0", by=crew.editor)
        gone.refresh_from_db()
        workflow.retire(gone, by=crew.editor, comment="Wrong side.")
        release = cut_and_publish("1.1.0", by=crew.editor)
        later.refresh_from_db()
        workflow.retire(later, by=crew.editor, comment="Wrong organ.")
        page = _text(client, _page(release))
        assert "Since release 1.0.0" in page
        assert "1 retired, 0 left out" in page
        assert "Wrong side." in page
        assert "1 of its problems: results on it should not be compared" in page

    def test_notes_are_read_as_markdown_that_can_do_nothing(
        self, client: Client, author: Any
    ) -> None:
        release = _release_with(author, notes=_NOTES)
        page = _text(client, _page(release))
        assert "<h2>New</h2>" in page
        assert "<em>Much</em>" in page
        assert "<script>alert" not in page


def test_editors_see_the_answer_and_that_it_is_held_out(client: Client, author: Any) -> None:
    release = release_holding_out(author)
    answer = release.items.get().revision.content().query.answer
    client.force_login(make_editor())
    for address in (_page(release), _problem_page(release)):
        page = _text(client, address)
        assert answer in page
        assert '<span class="tag">held out</span>' in page


def test_a_yanked_release_offers_no_files_and_no_opening(client: Client, cast: Cast) -> None:
    yank(cast.release)
    client.force_login(cast.editor)
    page = _text(client, _page(cast.release))
    assert "Everybody can read this page" in page
    assert "its files need no account" not in page
    assert reverse("curation:release_open", args=[cast.release.version]) not in page


class TestTheFeed:
    def _entries(self, client: Client) -> list[ET.Element]:
        answer = client.get(reverse("curation:release_feed"))
        assert answer["Content-Type"].startswith("application/atom+xml")
        return ET.fromstring(answer.content).findall(f"{_ATOM}entry")  # noqa: S314 - our own

    def test_lists_what_is_public_the_newest_first(self, client: Client, author: Any) -> None:
        for version in ("1.0.0", "1.1.0", "1.2.0"):
            make_release(make_approved(author), version=version)
        Release.objects.filter(version="1.1.0").update(is_public=False)
        Release.objects.create(version="2.0.0", cut_by=make_editor())
        client.force_login(make_editor())  # who sees more on pages
        entries = self._entries(client)
        titles = [entry.findtext(f"{_ATOM}title") for entry in entries]
        assert titles == ["Release 1.2.0", "Release 1.0.0"]
        links = [entry.find(f"{_ATOM}link") for entry in entries]
        assert [link.get("href") for link in links if link is not None] == [
            f"http://testserver/releases/{version}/" for version in ("1.2.0", "1.0.0")
        ]

    def test_says_what_was_yanked(self, client: Client, author: Any) -> None:
        release = make_release(make_approved(author), version="1.0.0")
        yank(release, "An image shows a name.")
        (entry,) = self._entries(client)
        assert entry.findtext(f"{_ATOM}title") == "Release 1.0.0 (yanked)"
        assert "An image shows a name." in (entry.findtext(f"{_ATOM}summary") or "")

    def test_has_notes_and_reasons_as_html_that_can_do_nothing(
        self, client: Client, author: Any
    ) -> None:
        _release_with(author, notes=_NOTES)
        yank(make_release(make_approved(author), version="1.1.0"), "Seen: <b>a name</b>.")
        yanked, told = (entry.findtext(f"{_ATOM}summary") or "" for entry in self._entries(client))
        assert "<h2>New</h2>" in told
        assert "<script>" not in told
        assert "Seen: &lt;b&gt;a name&lt;/b&gt;." in yanked

    def test_of_nothing_is_a_feed_too(self, client: Client) -> None:
        assert self._entries(client) == []

    def test_is_found_from_the_pages(self, client: Client, cast: Cast) -> None:
        link = 'type="application/atom+xml" title="ICL Bench: releases" href="/releases/feed.atom"'
        for address in (_page(cast.release), reverse("curation:release_list")):
            assert link in _text(client, address)


def test_strangers_see_only_pictures_of_public_releases(cast: Cast) -> None:
    assert cast.draft
    assert cast.submitted
    release = cast.release
    stranger = AnonymousUser()
    shown = set(Image.objects.visible_to(stranger))
    assert shown == set(Image.objects.filter(revisions__releases=release))
    Release.objects.filter(pk=release.pk).update(is_public=False)
    assert not Image.objects.visible_to(stranger).exists()


def test_pictures_of_a_yanked_release_are_for_members_alone(cast: Cast) -> None:
    pictures = Image.objects.filter(revisions__releases=cast.release)
    assert set(pictures) <= set(Image.objects.visible_to(AnonymousUser()))
    yank(cast.release)
    assert set(pictures) <= set(Image.objects.visible_to(cast.reader))
    assert not Image.objects.visible_to(AnonymousUser()).exists()
