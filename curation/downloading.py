"""What a release gives: to whom, its files and the ZIP of all, and how often they were taken."""

from collections.abc import Iterator
from contextlib import closing

from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from curation.domain.archive import Archive, Member
from curation.errors import WrongMomentError
from curation.models import ChainEnd, DownloadCount, HistoryEntry, Release, User, What
from curation.releases import record, stored_name
from curation.storing import StoredSpan

_CARD = "README.md"
_MOST_OF_CARD = 1024**2
_FENCE, _END = "```bibtex\n", "\n```"


@transaction.atomic
def set_public(release: Release, *, is_public: bool, by: User) -> None:
    """Let everybody read a release, or only those who sign in."""
    otherwise = Release.objects.filter(pk=release.pk, is_public=not is_public)
    if not otherwise.update(is_public=is_public):
        raise WrongMomentError("That is how it is already.")
    record(What.RELEASE_OPENED if is_public else What.RELEASE_CLOSED, release, by=by)


def record_download(release: Release, path: str, *, by: User | AnonymousUser) -> None:
    """Count a download that begins, the ZIP under an empty path; drafts are only looked at.

    The history keeps who took something of a release, once a day: whoever takes its thousand
    pictures one by one makes one entry.
    """
    now = timezone.now()
    if not release.is_draft:
        DownloadCount.objects.add_one(release, path, now.date())
    if not isinstance(by, User):
        return
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    taken = HistoryEntry.objects.of_downloads(by, release, midnight)
    if taken.exists():
        return
    with transaction.atomic():
        ChainEnd.objects.select_for_update().get()  # of two files taken at once one is entered
        if not taken.all().exists():
            record(What.DOWNLOADED, release, by=by, path=path)


def archive_name(release: Release) -> str:
    """What the ZIP, and the folder in it, is called."""
    name = slugify(str(release.card.get("name", "")))
    return f"{name or 'release'}-{release.version}"


def archive_of(release: Release) -> Archive | None:
    """The ZIP of all files of a written release; none where their checksums were not kept."""
    rows = list(release.files.order_by("path").values_list("path", "byte_size", "crc32"))
    folder = archive_name(release)
    members = [
        Member(path=f"{folder}/{path}", size=size, crc32=crc32)
        for path, size, crc32 in rows
        if crc32 is not None
    ]
    if not rows or len(members) < len(rows):
        return None
    return Archive(members, on=release.cut_at.date())


def read_archive(release: Release, archive: Archive, start: int, stop: int) -> Iterator[bytes]:
    """The bytes of the ZIP from `start` up to `stop`, each file opened when its turn comes."""
    for part in archive.parts(start, stop):
        if isinstance(part, bytes):
            yield part
            continue
        path = part.member.path.removeprefix(f"{archive_name(release)}/")
        with closing(read_file(release, path, part.start, part.stop)) as span:
            yield from span


def read_file(release: Release, path: str, start: int, stop: int) -> StoredSpan:
    """The bytes of one file from `start` up to `stop`."""
    return StoredSpan(storages["releases"], stored_name(release, path), start, stop)


def citation_of(release: Release) -> str:
    """The entry for BibTeX as the release's own card has it; empty where there is none."""
    try:
        with storages["releases"].open(stored_name(release, _CARD)) as file:
            card: str = file.read(_MOST_OF_CARD).decode(errors="replace")
    except FileNotFoundError:
        return ""
    _, _, rest = card.partition(_FENCE)
    entry, end, _ = rest.partition(_END)
    return entry if end else ""
