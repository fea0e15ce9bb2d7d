"""Releases with their files, for tests of what is given to people."""

import tempfile
from pathlib import Path
from zlib import crc32

from django.core.files import File
from django.core.files.storage import storages

from curation.exporting import export_release
from curation.models import Release, ReleaseFile, ReleaseItem, User
from curation.releases import stored_name
from tests.curation.cast import make_approved
from tests.factories import CARD, make_editor, make_person, make_release


def written_release(
    *, problems: int = 2, is_public: bool = True, version: str = "", author: User | None = None
) -> Release:
    """A published release whose files are what the exporter writes."""
    author = author or make_person(is_author=True)
    release = make_release(*(make_approved(author) for _ in range(problems)), version=version)
    Release.objects.filter(pk=release.pk).update(is_public=is_public)
    release.refresh_from_db()
    with tempfile.TemporaryDirectory() as folder:
        for file in export_release(release, Path(folder)):
            data = Path(folder, file.path).read_bytes()
            with Path(folder, file.path).open("rb") as source:
                storages["releases"].save(stored_name(release, file.path), File(source))
            ReleaseFile.objects.create(
                release=release,
                path=file.path,
                sha256=file.sha256,
                byte_size=len(data),
                crc32=crc32(data),
            )
    return release


def release_holding_out(author: User) -> Release:
    """A published release of one problem, whose answer is held out."""
    problem = make_approved(author)
    assert problem.current_revision is not None
    editor = make_editor()
    release = Release.objects.create(version="3.0.0", cut_by=editor, card=CARD)
    ReleaseItem.objects.create(
        release=release,
        problem=problem,
        revision=problem.current_revision,
        position=0,
        is_held_out=True,
        seal="5" * 64,
    )
    Release.objects.filter(pk=release.pk).update(
        status=Release.Status.READY,
        stage=Release.Stage.PUBLISHED,
        published_at=release.cut_at,
        published_by=editor,
    )
    release.refresh_from_db()
    return release


def yank(release: Release, because: str = "An image shows a name.") -> None:
    """As an editor takes it back."""
    Release.objects.filter(pk=release.pk).update(
        stage=Release.Stage.YANKED,
        yanked_at=release.cut_at,
        yanked_by=release.cut_by,
        yanked_because=because,
    )
    release.refresh_from_db()
