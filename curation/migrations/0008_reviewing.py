"""What reviewing well needs: places for reviewers, blind answers, comments, checklists."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from curation.migrations import _guards
from curation.migrations._triggers import Guard, LiftGuards, SetGuards, immutable

# SQLite makes the table of reviews anew: what guarded it is set again. The others stay.
_LIFTED = _guards.GUARDS
GUARDS = (
    *_LIFTED,
    *immutable("curation_blindanswer", "Blind answers"),
    Guard(
        name="comment_stays",
        table="curation_comment",
        on="UPDATE",
        never="""OLD.is_sent AND (
            NEW.text <> OLD.text OR NEW.written_by_id <> OLD.written_by_id
            OR NEW.revision_id <> OLD.revision_id OR NOT NEW.is_sent
        )""",
        message="A comment that was sent keeps its words.",
    ),
    Guard(
        name="comment_sent_is_kept",
        table="curation_comment",
        on="DELETE",
        never="OLD.is_sent",
        message="A comment that was sent is kept.",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0007_imports"),
    ]

    operations = [
        LiftGuards(_LIFTED),
        migrations.AddField(
            model_name="review",
            name="annotations",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="review",
            name="checklist",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="review",
            name="seconds",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="AnswerSeen",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seen_at", models.DateTimeField(auto_now_add=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers_seen",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "problem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seen_by",
                        to="curation.problem",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("problem", "person"), name="answer_seen_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("assigned_at", models.DateTimeField(auto_now_add=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assigned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "problem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="curation.problem",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("problem", "reviewer"), name="assignment_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="BlindAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("zero_shot", "The query alone"),
                            ("in_context", "The examples and the query"),
                        ],
                        max_length=20,
                    ),
                ),
                ("answer", models.TextField(blank=True)),
                (
                    "confidence",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                ("seconds", models.PositiveIntegerField()),
                ("skipped_because", models.TextField(blank=True)),
                ("is_right", models.BooleanField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(auto_now_add=True)),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blind_answers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blind_answers",
                        to="curation.revision",
                    ),
                ),
            ],
            options={
                "ordering": ("answered_at",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("revision", "reviewer", "stage"), name="blind_answer_once_a_stage"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ["zero_shot", "in_context"])),
                        name="blind_answer_stage_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("answer", ""), _negated=True),
                                ("is_right__isnull", False),
                                ("skipped_because", ""),
                            ),
                            models.Q(
                                models.Q(("skipped_because", ""), _negated=True),
                                ("answer", ""),
                                ("is_right__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="blind_answer_or_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot", models.PositiveSmallIntegerField()),
                ("claimed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="curation.revision",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["reviewer", "expires_at"], name="claim_by_reviewer")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("revision", "slot"), name="claim_one_a_slot"),
                    models.UniqueConstraint(
                        fields=("revision", "reviewer"), name="claim_one_a_person"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("claimed_at"))),
                        name="claim_lasts_a_while",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("panel", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("field", models.CharField(blank=True, max_length=40)),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField(auto_now_add=True)),
                ("is_sent", models.BooleanField(default=False)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="curation.comment",
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="curation.revision",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("written_at", "pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="comment_says_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resolved_at__isnull", True), ("resolved_by__isnull", True)),
                            models.Q(
                                ("resolved_at__isnull", False), ("resolved_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="comment_resolved_by_someone",
                    ),
                ],
            },
        ),
        SetGuards(GUARDS),
    ]
