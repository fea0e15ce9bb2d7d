"""Answers to requests with an idempotency key, and the index of the list of problems."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0019_hub"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotentRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.CharField(max_length=64)),
                ("http_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("body", models.TextField(blank=True)),
                ("lease", models.UUIDField()),
                ("leased_until", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="problem",
            index=models.Index(fields=["created_at", "id"], name="problem_by_creation"),
        ),
        migrations.AddField(
            model_name="idempotentrequest",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="idempotent_requests",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotentrequest",
            constraint=models.UniqueConstraint(
                fields=("person", "key"), name="idempotent_request_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("http_status__isnull", False), ("body", ""), _connector="OR"),
                name="idempotent_request_answered",
            ),
        ),
    ]
