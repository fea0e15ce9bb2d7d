"""What a model said of a draft goes with it, so that a draft can be thrown away."""

import django.db.models.deletion
from django.db import migrations, models

from curation.migrations._triggers import Guard, LiftGuards, SetGuards, immutable

_, _NEVER = immutable("curation_draftrevision", "Draft revisions")
GUARDS = (
    Guard(
        name=_NEVER.name,
        table=_NEVER.table,
        on=_NEVER.on,
        never="EXISTS (SELECT 1 FROM curation_revision AS v WHERE v.problem_id = OLD.problem_id)",
        message="Draft revisions of what was submitted are never deleted.",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0020_idempotency"),
    ]

    operations = [
        LiftGuards((_NEVER,)),
        migrations.AlterField(
            model_name="draftrevision",
            name="problem",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="draft_revisions",
                to="curation.problem",
            ),
        ),
        SetGuards(GUARDS),
    ]
