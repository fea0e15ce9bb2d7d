import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0006_tools")]

    operations = [
        migrations.CreateModel(
            name="StoredReport",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="stored_report",
                        serialize=False,
                        to="evaluation.run",
                    ),
                ),
                ("computed_at", models.DateTimeField()),
                ("version", models.PositiveSmallIntegerField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("report_json", models.JSONField()),
            ],
        ),
    ]
