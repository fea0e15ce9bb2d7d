"""When a reviewer was first shown a stage of answering blind."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0014_queue"),
    ]

    operations = [
        migrations.CreateModel(
            name="StageShown",
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
                ("shown_at", models.DateTimeField(auto_now_add=True)),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stages_shown",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stages_shown",
                        to="curation.revision",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("revision", "reviewer", "stage"), name="stage_first_shown_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ["zero_shot", "in_context"])),
                        name="stage_shown_is_known",
                    ),
                ],
            },
        ),
    ]
