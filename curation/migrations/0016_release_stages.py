"""A release is a draft, then published, perhaps yanked; some of its answers are held out."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F

from curation.migrations._guards import AFTER_STAGES as GUARDS
from curation.migrations._guards import BEFORE_STAGES
from curation.migrations._triggers import LiftGuards, SetGuards


def _publish_what_there_is(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Until now a release published as it was cut, and was for those who had signed in."""
    apps.get_model("curation", "Release").objects.update(
        stage="published", published_at=F("cut_at"), published_by=F("cut_by"), is_public=False
    )
    # PostgreSQL alters no table of which keys are still to be checked.
    editor.connection.check_constraints()


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0015_stage_shown"),
    ]

    operations = [
        LiftGuards(BEFORE_STAGES),
        migrations.RemoveConstraint(
            model_name="release",
            name="release_status_is_known",
        ),
        migrations.AddField(
            model_name="release",
            name="held_out_percent",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="release",
            name="is_public",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="release",
            name="published_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="release",
            name="published_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="seed",
            field=models.PositiveIntegerField(default=42),
        ),
        migrations.AddField(
            model_name="release",
            name="stage",
            field=models.CharField(
                choices=[("draft", "Draft"), ("published", "Published"), ("yanked", "Yanked")],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="yanked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="release",
            name="yanked_because",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="release",
            name="yanked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="releasefile",
            name="crc32",
            field=models.PositiveBigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="releaseitem",
            name="is_held_out",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="releaseitem",
            name="seal",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="release",
            name="status",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("writing", "Writing files"),
                    ("ready", "Ready"),
                    ("failed", "Failed"),
                    ("stopped", "Stopped"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.RunPython(_publish_what_there_is, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["queued", "writing", "ready", "failed", "stopped"])
                ),
                name="release_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at", None), ("stage", "draft")),
                    models.Q(
                        ("published_at__isnull", False), ("stage", "published"), ("yanked_at", None)
                    ),
                    models.Q(
                        ("stage", "yanked"),
                        ("yanked_at__isnull", False),
                        models.Q(("yanked_because", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="release_stage_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_out_percent__lte", 90)), name="release_holds_not_all_out"
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stage", "draft")), fields=("stage",), name="release_one_draft"
            ),
        ),
        migrations.AddConstraint(
            model_name="releaseitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_held_out", False), ("seal", "")),
                    models.Q(("is_held_out", True), models.Q(("seal", ""), _negated=True)),
                    _connector="OR",
                ),
                name="release_item_held_out_is_sealed",
            ),
        ),
        SetGuards(GUARDS),
    ]
