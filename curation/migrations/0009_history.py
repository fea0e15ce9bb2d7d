"""The history: one chain of entries, begun with the moves and reviews that were before it."""

import heapq
import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# What an entry keeps of a move or a review is what `verify_history` compares it with: one place.
from curation.auditing import move_details, review_details
from curation.domain.chain import START, Link
from curation.migrations._triggers import Guard, SetGuards, immutable, never_emptied

GUARDS = (
    *immutable("curation_historyentry", "Entries of the history"),
    never_emptied("curation_historyentry", "Entries of the history"),
    Guard(
        name="historyentry_goes_on",
        table="curation_historyentry",
        on="INSERT",
        never="""NEW.number <> 1 AND NOT EXISTS (
            SELECT 1 FROM curation_historyentry AS e
            WHERE e.number = NEW.number - 1 AND e.sha256 = NEW.previous_sha256
        )""",
        message="An entry of the history follows the last one.",
    ),
    Guard(
        name="chainend_goes_on",
        table="curation_chainend",
        on="UPDATE",
        never="""NEW.number < OLD.number
            OR (NEW.number = OLD.number AND NEW.sha256 <> OLD.sha256)
            OR (NEW.number > OLD.number AND NOT EXISTS (
                SELECT 1 FROM curation_historyentry AS e
                WHERE e.number = NEW.number AND e.sha256 = NEW.sha256
            ))""",
        message="The end of the history only moves on, to an entry.",
    ),
    Guard(
        name="chainend_no_delete",
        table="curation_chainend",
        on="DELETE",
        never="TRUE",
        message="The end of the history is never deleted.",
    ),
    never_emptied("curation_chainend", "The ends of the history"),
)
_AT_ONCE = 2000

type Told = tuple[datetime, dict[str, Any]]


def _moves(apps: Apps) -> Iterator[Told]:
    changes = apps.get_model("curation", "StatusChange").objects.order_by("changed_at", "pk")
    for change in changes.iterator(_AT_ONCE):
        yield (
            change.changed_at,
            {
                "person": change.changed_by_id,
                "kind": "move",
                "what": f"move.{change.move}",
                "subject_type": "statuschange",
                "subject_id": str(change.pk),
                "problem": change.problem_id,
                "details": {**move_details(change), "added": "when the history began"},
            },
        )


def _reviews(apps: Apps) -> Iterator[Told]:
    reviews = apps.get_model("curation", "Review").objects.select_related("revision")
    for review in reviews.order_by("submitted_at", "pk").iterator(_AT_ONCE):
        yield (
            review.submitted_at,
            {
                "person": review.reviewer_id,
                "kind": "review",
                "what": f"review.{review.verdict}",
                "subject_type": "review",
                "subject_id": str(review.pk),
                "problem": review.revision.problem_id,
                "details": {**review_details(review), "added": "when the history began"},
            },
        )


def _links(apps: Apps) -> Iterator[tuple[Link, str]]:
    previous = START
    told = heapq.merge(_reviews(apps), _moves(apps), key=lambda each: each[0])
    for number, (at, facts) in enumerate(told, start=1):
        link = Link(number=number, at=at, previous_sha256=previous, **facts)
        previous = link.sha256()
        yield link, previous


def begin_the_chain(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """Enter what happened before there was a history, by its time, and say where the chain ends."""
    entry = apps.get_model("curation", "HistoryEntry")
    last = (0, START)
    for batch in itertools.batched(_links(apps), _AT_ONCE, strict=False):
        entry.objects.bulk_create(
            entry(
                number=link.number,
                at=link.at,
                person_id=link.person,
                kind=link.kind,
                what=link.what,
                subject_type=link.subject_type,
                subject_id=link.subject_id,
                problem_id=link.problem,
                details=link.details,
                previous_sha256=link.previous_sha256,
                sha256=sha256,
            )
            for link, sha256 in batch
        )
        last = (batch[-1][0].number, batch[-1][1])
    apps.get_model("curation", "ChainEnd").objects.create(pk=1, number=last[0], sha256=last[1])


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0008_reviewing"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChainEnd",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(default=START, max_length=64)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="chain_end_is_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="FailedSignIns",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_sha256", models.CharField(max_length=64)),
                ("on", models.DateField()),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name_plural": "failed sign-ins",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("on", "source_sha256"), name="failed_sign_ins_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoryEntry",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=20)),
                ("what", models.CharField(max_length=40)),
                ("subject_type", models.CharField(max_length=40)),
                ("subject_id", models.CharField(max_length=40)),
                ("details", models.JSONField(default=dict)),
                ("previous_sha256", models.CharField(max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history_entries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "problem",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history_entries",
                        to="curation.problem",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "history entries",
                "indexes": [
                    models.Index(fields=["kind", "number"], name="history_by_kind"),
                    models.Index(fields=["person", "number"], name="history_by_person"),
                    models.Index(
                        fields=["person", "kind", "number"], name="history_by_person_kind"
                    ),
                    models.Index(fields=["problem", "number"], name="history_by_problem"),
                    models.Index(fields=["subject_type", "subject_id"], name="history_by_subject"),
                ],
            },
        ),
        migrations.RunPython(begin_the_chain, migrations.RunPython.noop),
        SetGuards(GUARDS),
    ]
