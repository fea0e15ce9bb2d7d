"""What writing a problem well needs: undo, scans, drafts to try, likeness, origins of images."""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from curation.migrations import _guards
from curation.migrations._triggers import LiftGuards, SetGuards, immutable

GUARDS = (*_guards.GUARDS, *immutable("curation_draftrevision", "Draft revisions"))


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0003_guards"),
    ]

    operations = [
        LiftGuards(_guards.GUARDS),
        migrations.CreateModel(
            name="DraftRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content_json", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("frozen_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="ImageLikeness",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("distance", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Removal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.JSONField(default=dict)),
                ("removed_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("uploaded_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("description", models.JSONField(default=dict)),
                ("acquisition", models.JSONField(default=dict)),
            ],
        ),
        migrations.AddField(
            model_name="image",
            name="acquisition",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="image",
            name="band_0",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Substr("fingerprint", 1, 4),
                output_field=models.CharField(max_length=4),
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="band_1",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Substr("fingerprint", 5, 4),
                output_field=models.CharField(max_length=4),
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="band_2",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Substr("fingerprint", 9, 4),
                output_field=models.CharField(max_length=4),
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="band_3",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Substr("fingerprint", 13, 4),
                output_field=models.CharField(max_length=4),
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="origin_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="image",
            name="text_areas",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="image",
            name="text_attested_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="image",
            name="text_searches",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="user",
            name="hints_seen",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["band_0"], name="image_by_band_0"),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["band_1"], name="image_by_band_1"),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["band_2"], name="image_by_band_2"),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["band_3"], name="image_by_band_3"),
        ),
        migrations.AddField(
            model_name="draftrevision",
            name="frozen_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="draftrevision",
            name="problem",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="draft_revisions",
                to="curation.problem",
            ),
        ),
        migrations.AddField(
            model_name="imagelikeness",
            name="image",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="likenesses",
                to="curation.image",
            ),
        ),
        migrations.AddField(
            model_name="imagelikeness",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="curation.image"
            ),
        ),
        migrations.AddField(
            model_name="removal",
            name="image",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.image",
            ),
        ),
        migrations.AddField(
            model_name="removal",
            name="panel",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="removals",
                to="curation.panel",
            ),
        ),
        migrations.AddField(
            model_name="removal",
            name="problem",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="removals",
                to="curation.problem",
            ),
        ),
        migrations.AddField(
            model_name="scan",
            name="panel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scans",
                to="curation.panel",
            ),
        ),
        migrations.AddField(
            model_name="scan",
            name="uploaded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="scans",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="draftrevision",
            constraint=models.UniqueConstraint(
                fields=("problem", "sha256"), name="draft_revision_once_a_content"
            ),
        ),
        migrations.AddConstraint(
            model_name="imagelikeness",
            constraint=models.UniqueConstraint(
                fields=("image", "other"), name="likeness_pair_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="imagelikeness",
            constraint=models.CheckConstraint(
                condition=models.Q(("image", models.F("other")), _negated=True),
                name="likeness_of_two_images",
            ),
        ),
        migrations.AddIndex(
            model_name="removal",
            index=models.Index(fields=["problem", "-removed_at"], name="removal_newest_first"),
        ),
        SetGuards(GUARDS),
    ]
