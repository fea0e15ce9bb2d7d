"""The gate: an editor's decisions are moves of their own, and the database holds to them."""

from django.db import migrations, models

from curation.migrations._guards import GATE as GUARDS
from curation.migrations._triggers import SetGuards


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0012_coverage"),
    ]

    operations = [
        migrations.AlterField(
            model_name="statuschange",
            name="move",
            field=models.CharField(
                choices=[
                    ("submit", "submitted"),
                    ("withdraw", "withdrew"),
                    ("reopen", "reopened"),
                    ("request_changes", "requested changes"),
                    ("approve", "approved"),
                    ("overrule", "approved over a rejection"),
                    ("return", "returned"),
                    ("reject", "rejected"),
                    ("publish", "published"),
                    ("retire", "retired"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["verdict", "revision"], name="review_by_verdict"),
        ),
        SetGuards(GUARDS),
    ]
