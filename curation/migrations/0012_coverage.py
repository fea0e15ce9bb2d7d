"""The kept count of a large collection, and the indexes by which problems are counted and found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0011_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="CoverageCount",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("counted_at", models.DateTimeField()),
                ("counted_json", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="coverage_count_only_one"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="problem",
            index=models.Index(
                fields=["specialty", "image_type", "difficulty", "status"],
                name="problem_by_annotations",
            ),
        ),
        migrations.AddIndex(
            model_name="problem",
            index=models.Index(fields=["-updated_at", "id"], name="problem_by_change"),
        ),
    ]
