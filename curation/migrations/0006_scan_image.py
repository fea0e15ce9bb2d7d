"""Which image was chosen from a scan, so that its window can be changed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A nullable key of a table without guards."""

    dependencies = [("curation", "0005_instructions")]

    operations = [
        migrations.AddField(
            model_name="scan",
            name="image",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="scans",
                to="curation.image",
            ),
        ),
    ]
