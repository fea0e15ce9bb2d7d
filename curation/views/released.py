"""What a release gives to everybody: its page, files, the ZIP of all, its problems, the feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from curation.downloading import (
    archive_name,
    archive_of,
    citation_of,
    read_archive,
    read_file,
    record_download,
    set_public,
)
from curation.http import (
    AuthenticatedRequest,
    ReaderRequest,
    allowed_to,
    fetch_visible,
    open_to_readers,
    page_of,
)
from curation.models import (
    DownloadCount,
    Heartbeat,
    Provenance,
    Release,
    ReleaseFile,
    ReleaseItem,
    Stage,
    Status,
)
from curation.permissions import answers_hidden_from, can_edit_collection
from curation.serving import Read, Served, is_first_part, serve
from curation.views.blinding import blinded_panels
from curation.views.deciding import tombstone_of
from curation.views.found import ShownPanel
from curation.views.loading import TOKEN_VARIABLE, Place, snippets
from curation.views.showing import shown_panels, shown_revision
from curation.views.stating import stated_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file in the table, with how often it was taken."""

    file: ReleaseFile
    downloads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """A problem as the release has it; `answer` is None where it is held out."""

    item: ReleaseItem
    query: ShownPanel
    example_count: int
    answer: str | None


@require_safe
@open_to_readers
def release_detail(request: ReaderRequest, version: str) -> HttpResponseBase:
    """What is in a release, its files with sizes and checksums, how to load and to cite it."""
    releases = Release.objects.visible_to(request.user)
    release = fetch_visible(releases.with_size(), version=version)
    context = {
        "release": release,
        "is_worker_alive": Heartbeat.objects.is_worker_alive(timezone.now()),
        "can_cut": can_edit_collection(request.user),
    }
    if request.htmx:
        answer = render(request, "curation/release_detail.html#state", context)
        if release.is_ready:
            answer["HX-Refresh"] = "true"  # the files stand outside of what asks again
        return answer
    page = page_of(request, release.items.with_parts())
    context |= {
        "provenances": Provenance.objects.of_release(release),
        "stated": stated_of(release),
        "page": page,
        "problems": _released(request, page),
        **(_files(request, release) if release.is_ready and not release.is_yanked else {}),
    }
    return render(request, "curation/release_detail.html", context)


def _files(request: ReaderRequest, release: Release) -> dict[str, object]:
    """What the page says of the files."""
    taken = DownloadCount.objects.of(release).by_path()
    files = list(release.files.outside_images())
    place = _place(request, release)
    return {
        "files": [ShownFile(file=each, downloads=taken.get(each.path, 0)) for each in files],
        "pictures": release.files.images().summed(),
        "archive": place.archive,
        "archive_downloads": taken.get(DownloadCount.WHOLE, 0),
        "snippets": snippets(place, [file.path for file in files]),
        "token_variable": TOKEN_VARIABLE,
        "citation": citation_of(release),
    }


def _place(request: ReaderRequest, release: Release) -> Place:
    name = archive_name(release)
    files = reverse("curation:release_file", args=[release.version, "-"]).removesuffix("-")
    archive = ""
    if not release.files.without_checksum().exists():
        archive = request.build_absolute_uri(
            reverse("curation:release_archive", args=[release.version, name])
        )
    return Place(
        files=request.build_absolute_uri(files),
        archive=archive,
        folder=name,
        task=name.removesuffix(f"-{release.version}").replace("-", "_"),
        is_public=release.is_public and not release.is_draft,
    )


def _released(request: ReaderRequest, page: Page[ReleaseItem]) -> list[ShownItem]:
    hidden = answers_hidden_from(request.user, [item.problem for item in page])
    rows = []
    for item in page:
        *examples, query = shown_panels(item.revision)
        answer = None if item.problem_id in hidden else query.content.answer
        row = ShownItem(item=item, query=query, example_count=len(examples), answer=answer)
        rows.append(row)
    return rows


@require_safe
@open_to_readers
def release_problem(request: ReaderRequest, version: str, problem_id: UUID) -> HttpResponseBase:
    """A problem as this release has it, for ever; what became of it since is said."""
    release = fetch_visible(Release.objects.visible_to(request.user), version=version)
    item = fetch_visible(release.items.with_parts(), problem_id=problem_id)
    is_retired = item.problem.status == Status.RETIRED
    shows_answer = not answers_hidden_from(request.user, [item.problem])
    context = {
        "release": release,
        "item": item,
        "retired": tombstone_of(item.problem) if is_retired else None,
        "shown": shown_revision(item.revision),
        "panels": _panels(item, shows_answer=shows_answer),
        "shows_answer": shows_answer,
    }
    return render(request, "curation/release_problem.html", context)


def _panels(item: ReleaseItem, *, shows_answer: bool) -> Sequence[ShownPanel]:
    if shows_answer:
        return shown_panels(item.revision)
    return blinded_panels(item.revision, Stage.IN_CONTEXT)


@require_POST
@allowed_to(can_edit_collection)
def release_open(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """Let everybody read a release, or only those who sign in."""
    release = fetch_visible(Release.objects.visible_to(request.user), version=version)
    is_public = request.POST.get("who") == "all"
    set_public(release, is_public=is_public, by=request.user)
    who = "Everybody" if is_public else "Only who signs in"
    messages.success(request, f"{who} can read release {release} and take its files.")
    return redirect("curation:release_detail", version=version)


@require_safe
@open_to_readers
def release_file(request: ReaderRequest, version: str, path: str) -> HttpResponseBase:
    """One file of a release, as a download that can be resumed."""
    release = fetch_visible(Release.objects.visible_to(request.user), version=version)
    if release.is_yanked:
        fetch_visible(release.files.all(), path=path)
        return _gone(request, release)
    files = ReleaseFile.objects.downloadable_by(request.user)
    file = fetch_visible(files, release_id=release.pk, path=path)
    served = Served(
        name=file.path.rpartition("/")[2],
        size=file.byte_size,
        identity=file.sha256,
        sha256=file.sha256,
        modified_at=release.published_at or release.cut_at,
        is_public=_is_for_all(release),
    )
    return _sent(request, release, path, served, partial(read_file, release, path))


@require_safe
@open_to_readers
def release_archive(request: ReaderRequest, version: str, name: str) -> HttpResponseBase:
    """All files of a release as one ZIP, made as it is read, as a download that can be resumed."""
    release = fetch_visible(Release.objects.visible_to(request.user), version=version)
    if name != archive_name(release) or not release.is_ready:
        raise Http404
    if release.is_yanked:
        return _gone(request, release)
    archive = archive_of(release)
    if archive is None:
        raise Http404
    served = Served(
        name=f"{name}.zip",
        size=archive.size,
        identity=archive.identity,
        modified_at=release.published_at or release.cut_at,
        is_public=_is_for_all(release),
        media_type="application/zip",
    )
    read = partial(read_archive, release, archive)
    return _sent(request, release, DownloadCount.WHOLE, served, read)


def _is_for_all(release: Release) -> bool:
    return release.is_public and not release.is_draft


def _sent(
    request: ReaderRequest, release: Release, path: str, served: Served, read: Read
) -> HttpResponseBase:
    """The answer; a download that starts with it is counted."""
    answer = serve(request, served, read)
    if is_first_part(request, served, answer):
        record_download(release, path, by=request.user)
    return answer


def _gone(request: ReaderRequest, release: Release) -> HttpResponse:
    """Why a release that was taken back gives no files: as a page, or in words to programs."""
    if "text/html" in request.headers.get("Accept", ""):
        return render(request, "410.html", {"release": release}, status=410)
    page = request.build_absolute_uri(reverse("curation:release_detail", args=[release.version]))
    words = f"Release {release} was yanked: {release.yanked_because}\nSee {page}\n"
    return HttpResponse(words, status=410, content_type="text/plain; charset=utf-8")
