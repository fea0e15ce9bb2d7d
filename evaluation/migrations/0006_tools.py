"""Runs that were imported, what endpoints can do, judges, and what kind of models there are."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0020_idempotency"),
        ("evaluation", "0005_protocol_arms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EndpointCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("base_url", models.CharField(max_length=500)),
                ("model", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being checked"),
                            ("finished", "Checked"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("capabilities", models.JSONField(blank=True, default=list)),
            ],
            options={
                "ordering": ("-asked_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="JudgedAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Judging",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("prompt_sha256", models.CharField(max_length=64)),
                ("scorer", models.CharField(max_length=140)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("running", "Being judged"),
                            ("finished", "Finished"),
                            ("failed", "Failed"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("failure", models.TextField(blank=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("-asked_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Verdict",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("judge_model", models.CharField(max_length=200)),
                ("prompt_sha256", models.CharField(max_length=64)),
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
                ("value", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("reply", models.TextField(blank=True)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("served_model", models.CharField(blank=True, max_length=200)),
                ("input_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("output_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("given_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.RemoveConstraint(
            model_name="modelendpoint",
            name="endpoint_kind_is_known",
        ),
        migrations.AddField(
            model_name="modelendpoint",
            name="billion_parameters",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                max_digits=8,
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="size in billions of parameters",
            ),
        ),
        migrations.AddField(
            model_name="modelendpoint",
            name="is_medical",
            field=models.BooleanField(default=False, verbose_name="trained for medicine"),
        ),
        migrations.AddField(
            model_name="modelendpoint",
            name="weights",
            field=models.CharField(
                blank=True,
                choices=[("", "not said"), ("open", "open weights"), ("closed", "closed weights")],
                default="",
                max_length=10,
                verbose_name="weights",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="import_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="modelendpoint",
            name="kind",
            field=models.CharField(
                choices=[
                    ("openai_compatible", "Model behind an OpenAI-compatible chat API"),
                    ("random_example", "Baseline: answer of a random example"),
                    ("majority_example", "Baseline: most frequent answer of the examples"),
                    ("last_example", "Baseline: answer of the last example"),
                    (
                        "most_alike_example",
                        "Baseline: answer of the example whose image is most like the query's",
                    ),
                    ("random_choice", "Baseline: a random choice, in multiple choice"),
                    ("imported", "Predictions made elsewhere"),
                ],
                default="openai_compatible",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="score",
            name="scorer",
            field=models.CharField(max_length=140),
        ),
        migrations.AddConstraint(
            model_name="modelendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "openai_compatible",
                            "random_example",
                            "majority_example",
                            "last_example",
                            "most_alike_example",
                            "random_choice",
                            "imported",
                        ],
                    )
                ),
                name="endpoint_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "imported"), _negated=True),
                    models.Q(("is_active", False), ("is_open_to_authors", False)),
                    _connector="OR",
                ),
                name="endpoint_imported_is_never_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                condition=models.Q(("import_sha256", ""), _negated=True),
                fields=("release", "endpoint", "protocol_sha256", "import_sha256"),
                name="run_imported_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("import_sha256", ""), ("status", "finished"), _connector="OR"),
                name="run_imported_is_finished",
            ),
        ),
        migrations.AddField(
            model_name="endpointcheck",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="endpoint_checks",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="endpointcheck",
            name="endpoint",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="checks",
                to="evaluation.modelendpoint",
            ),
        ),
        migrations.AddField(
            model_name="judgedanswer",
            name="prediction",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="judged",
                to="evaluation.prediction",
            ),
        ),
        migrations.AddField(
            model_name="judging",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="judgings",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="judging",
            name="endpoint",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="judgings",
                to="evaluation.modelendpoint",
            ),
        ),
        migrations.AddField(
            model_name="judging",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="judgings",
                to="evaluation.run",
            ),
        ),
        migrations.AddField(
            model_name="judgedanswer",
            name="judging",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answers",
                to="evaluation.judging",
            ),
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "ok"), ("value__in", (0, 1))),
                    models.Q(models.Q(("outcome", "ok"), _negated=True), ("value__isnull", True)),
                    _connector="OR",
                ),
                name="verdict_value_iff_ok",
            ),
        ),
        migrations.AddField(
            model_name="judgedanswer",
            name="verdict",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="evaluation.verdict",
            ),
        ),
        migrations.AddIndex(
            model_name="endpointcheck",
            index=models.Index(
                condition=models.Q(("status__in", ("queued", "running"))),
                fields=["status"],
                name="check_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="endpointcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["queued", "running", "finished"])),
                name="check_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="endpointcheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("queued", "running"))),
                fields=("endpoint",),
                name="check_unfinished_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="endpointcheck",
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
                name="check_running_iff_held",
            ),
        ),
        migrations.AddConstraint(
            model_name="endpointcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", False), ("status", "finished")),
                    models.Q(
                        models.Q(("status", "finished"), _negated=True),
                        ("finished_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="check_ended_iff_it_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="judging",
            constraint=models.UniqueConstraint(
                fields=("run", "endpoint", "prompt_sha256"), name="judging_once_a_judge"
            ),
        ),
        migrations.AddConstraint(
            model_name="judging",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["running", "finished", "failed"])),
                name="judging_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgedanswer",
            constraint=models.UniqueConstraint(
                fields=("judging", "prediction"), name="judged_once_a_judging"
            ),
        ),
    ]
