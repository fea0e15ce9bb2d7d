"""Drafts tried on models, and which models are open to authors for it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0004_authoring"),
        ("evaluation", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="modelendpoint",
            name="is_open_to_authors",
            field=models.BooleanField(default=False, verbose_name="authors may try problems on it"),
        ),
        migrations.CreateModel(
            name="Trial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("seed", models.PositiveIntegerField(default=0)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being asked"),
                            ("finished", "Finished"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("failure", models.TextField(blank=True)),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trials",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trials",
                        to="curation.draftrevision",
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trials",
                        to="evaluation.modelendpoint",
                    ),
                ),
            ],
            options={
                "ordering": ("-asked_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="TrialAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ok", "ok"),
                            ("refused", "refused"),
                            ("unparsable", "unparsable"),
                            ("error", "error"),
                        ],
                        max_length=10,
                    ),
                ),
                ("completion", models.TextField(blank=True)),
                ("parsed", models.TextField(blank=True)),
                ("parse_pattern", models.CharField(blank=True, max_length=30)),
                ("images_sent", models.JSONField(blank=True, default=list)),
                ("images_received", models.JSONField(blank=True, null=True)),
                ("http_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("input_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("output_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("finish_reason", models.CharField(blank=True, max_length=50)),
                ("served_model", models.CharField(blank=True, max_length=200)),
                (
                    "arm",
                    models.CharField(
                        choices=[
                            ("alone", "Query alone"),
                            ("no_image", "Query without its image"),
                            ("examples", "With the examples"),
                            ("reversed", "With the examples in reverse order"),
                        ],
                        max_length=10,
                    ),
                ),
                ("prompt_sha256", models.CharField(max_length=64)),
                ("score", models.FloatField(blank=True, null=True)),
                ("explanation", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(auto_now_add=True)),
                (
                    "trial",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="evaluation.trial",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.AddIndex(
            model_name="trial",
            index=models.Index(fields=["asked_by", "-asked_at"], name="trial_by_person"),
        ),
        migrations.AddIndex(
            model_name="trial",
            index=models.Index(
                condition=models.Q(("status__in", ("queued", "running"))),
                fields=["status"],
                name="trial_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["queued", "running", "finished", "failed"])),
                name="trial_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("queued", "running"))),
                fields=("draft", "endpoint"),
                name="trial_unfinished_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("lease_token__isnull", False),
                        ("leased_until__isnull", False),
                        ("status", "running"),
                    ),
                    models.Q(
                        models.Q(("status", "running"), _negated=True),
                        ("lease_token__isnull", True),
                        ("leased_until__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="trial_running_iff_held",
            ),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("status__in", ("queued", "running"))),
                    models.Q(
                        models.Q(("status__in", ("queued", "running")), _negated=True),
                        ("finished_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="trial_ended_iff_it_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("status", "failed")), models.Q(("failure", ""), _negated=True)
                    ),
                    models.Q(models.Q(("status", "failed"), _negated=True), ("failure", "")),
                    _connector="OR",
                ),
                name="trial_failed_iff_it_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="trialanswer",
            constraint=models.UniqueConstraint(
                fields=("trial", "arm"), name="trial_answer_once_an_arm"
            ),
        ),
        migrations.AddConstraint(
            model_name="trialanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("arm__in", ["alone", "no_image", "examples", "reversed"])),
                name="trial_answer_arm_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="trialanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["ok", "refused", "unparsable", "error"])),
                name="trial_answer_outcome_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="trialanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("outcome__in", ["ok", "unparsable"]),
                        ("score__gte", 0),
                        ("score__isnull", False),
                        ("score__lte", 1),
                    ),
                    models.Q(
                        models.Q(("outcome__in", ["ok", "unparsable"]), _negated=True),
                        ("score__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="trial_answer_scored_iff_answered",
            ),
        ),
    ]
