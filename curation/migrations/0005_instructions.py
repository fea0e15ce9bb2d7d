"""The instructions for authors: editions, the newest of which is shown."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from curation.migrations._triggers import SetGuards, immutable

GUARDS = immutable("curation_instructions", "Editions of the instructions")


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0004_authoring"),
    ]

    operations = [
        migrations.CreateModel(
            name="Instructions",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                (
                    "good_because",
                    models.TextField(blank=True, verbose_name="what is good about it"),
                ),
                ("bad_because", models.TextField(blank=True, verbose_name="what is bad about it")),
                ("edited_at", models.DateTimeField(auto_now_add=True)),
                (
                    "bad",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="warned_of_in",
                        to="curation.revision",
                    ),
                ),
                (
                    "edited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "good",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="praised_in",
                        to="curation.revision",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "instructions",
            },
        ),
        SetGuards(GUARDS),
    ]
