"""SMMILE's six specialties and "other"; editors add more."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SPECIALTIES = {
    "radiology": "Radiology",
    "pathology": "Pathology",
    "dermatology": "Dermatology",
    "ophthalmology": "Ophthalmology",
    "surgery": "Surgery",
    "general_medicine": "General medicine",
    "other": "Other",
}


def add_specialties(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """Write the rows that are missing."""
    specialty = apps.get_model("curation", "Specialty")
    for slug, name in SPECIALTIES.items():
        specialty.objects.get_or_create(slug=slug, defaults={"name": name})


class Migration(migrations.Migration):
    dependencies = [("curation", "0001_initial")]
    operations = [migrations.RunPython(add_specialties, migrations.RunPython.noop)]
