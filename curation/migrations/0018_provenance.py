"""Releases that were made elsewhere: an editor signs for them, and that stands for approvals."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from curation.migrations._provenance_guards import IMPORTS, PROVENANCE, REPLACED_BY_PROVENANCE
from curation.migrations._triggers import LiftGuards, SetGuards

GUARDS = (*PROVENANCE, *IMPORTS)


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0017_downloads"),
    ]

    operations = [
        LiftGuards(REPLACED_BY_PROVENANCE),
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
                    ("import", "imported"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Provenance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("imported_at", models.DateTimeField(auto_now_add=True)),
                (
                    "version",
                    models.CharField(max_length=20, verbose_name="the release it became here"),
                ),
                ("origin_name", models.CharField(max_length=200)),
                ("origin_version", models.CharField(blank=True, max_length=50)),
                ("origin_homepage", models.CharField(blank=True, max_length=500)),
                ("origin_authors", models.JSONField(blank=True, default=list)),
                ("manifest_sha256", models.CharField(max_length=64)),
                ("has_manifest", models.BooleanField()),
                ("no_patient_confirmed", models.BooleanField(default=False)),
                (
                    "imported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_releases",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "provenances",
                "ordering": ("-imported_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("origin_name", ""), _negated=True),
                        name="provenance_names_origin",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("manifest_sha256__length", 64)),
                        name="provenance_sha256_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CoveredRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("accepted_errors", models.JSONField(blank=True, default=list)),
                (
                    "provenance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covered",
                        to="curation.provenance",
                    ),
                ),
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covered",
                        to="curation.revision",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="provenance",
            name="revisions",
            field=models.ManyToManyField(
                related_name="provenances",
                through="curation.CoveredRevision",
                to="curation.revision",
            ),
        ),
        SetGuards(GUARDS),
    ]
