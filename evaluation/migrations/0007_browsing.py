"""What predictions are found by, and samples of a judge's verdicts for experts to check."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0006_tools"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RunIndex",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="index",
                        serialize=False,
                        to="evaluation.run",
                    ),
                ),
                ("state", models.CharField(max_length=64)),
                ("columns", models.BinaryField()),
                ("texts", models.BinaryField()),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="JudgeSample",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scorer", models.CharField(max_length=140)),
                ("seed", models.PositiveBigIntegerField()),
                ("is_once_a_problem", models.BooleanField(default=True)),
                ("experts_wanted", models.PositiveSmallIntegerField(default=2)),
                ("drawn_at", models.DateTimeField(auto_now_add=True)),
                ("findings_json", models.JSONField(blank=True, null=True)),
                ("findings_of", models.PositiveIntegerField(default=0)),
                (
                    "drawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judge_samples",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judge_samples",
                        to="evaluation.run",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="SampledAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("is_judged_right", models.BooleanField()),
                ("weight", models.FloatField()),
                (
                    "prediction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sampled",
                        to="evaluation.prediction",
                    ),
                ),
                (
                    "sample",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="evaluation.judgesample",
                    ),
                ),
            ],
            options={
                "ordering": ("sample", "position"),
            },
        ),
        migrations.CreateModel(
            name="ExpertVerdict",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "said",
                    models.CharField(
                        choices=[
                            ("right", "Right"),
                            ("wrong", "Wrong"),
                            ("cannot_tell", "I cannot tell"),
                        ],
                        max_length=11,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("given_at", models.DateTimeField(auto_now_add=True)),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expert_verdicts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expert_verdicts",
                        to="evaluation.sampledanswer",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.AddConstraint(
            model_name="judgesample",
            constraint=models.UniqueConstraint(
                fields=("run", "scorer"), name="judge_sample_once_a_judge"
            ),
        ),
        migrations.AddConstraint(
            model_name="judgesample",
            constraint=models.CheckConstraint(
                condition=models.Q(("experts_wanted__gte", 1)), name="judge_sample_wants_an_expert"
            ),
        ),
        migrations.AddConstraint(
            model_name="sampledanswer",
            constraint=models.UniqueConstraint(
                fields=("sample", "prediction"), name="sampled_answer_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sampledanswer",
            constraint=models.UniqueConstraint(
                fields=("sample", "position"), name="sampled_answer_has_its_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="sampledanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__gt", 0)), name="sampled_answer_counts"
            ),
        ),
        migrations.AddConstraint(
            model_name="expertverdict",
            constraint=models.UniqueConstraint(
                fields=("answer", "expert"), name="expert_verdict_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="expertverdict",
            constraint=models.CheckConstraint(
                condition=models.Q(("said__in", ["right", "wrong", "cannot_tell"])),
                name="expert_verdict_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="expertverdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("said", "cannot_tell"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="expert_verdict_unsure_says_why",
            ),
        ),
    ]
