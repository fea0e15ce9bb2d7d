"""Sets what the database itself refuses."""

from django.db import migrations

from curation.migrations._guards import GUARDS
from curation.migrations._triggers import SetGuards


class Migration(migrations.Migration):
    dependencies = [("curation", "0002_vocabulary")]
    operations = [SetGuards(GUARDS)]
