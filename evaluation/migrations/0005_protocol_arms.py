"""What tells a problem's predictions apart, when each is asked, and three more baselines."""

from typing import Any

from django.db import migrations, models
from django.db.models import F


def keep_the_order(apps: Any, _: Any) -> None:
    """Rows that were planned before are asked as ever: in the order of their making."""
    apps.get_model("evaluation", "Prediction").objects.update(position=F("id"))


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0004_engine")]

    operations = [
        migrations.RemoveConstraint(model_name="modelendpoint", name="endpoint_kind_is_known"),
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
                ],
                default="openai_compatible",
                max_length=20,
            ),
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
                        ],
                    )
                ),
                name="endpoint_kind_is_known",
            ),
        ),
        migrations.AddField(
            model_name="prediction",
            name="position",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="prediction",
            name="shown_json",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="prediction",
            name="is_answer_shown",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="prediction",
            name="matching_position",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="prediction",
            name="likelihoods_json",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="prediction",
            index=models.Index(fields=["run", "status", "position"], name="prediction_by_position"),
        ),
        migrations.RunPython(keep_the_order, migrations.RunPython.noop),
    ]
