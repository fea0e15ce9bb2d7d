"""The Celery application. Tasks take ids and call one verb; rows hold the work (see `tasks.py`)."""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("icl_bench")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()

# Neither beat nor the file-system transport makes its own folders.
for folder in ("messages", "control"):
    Path(settings.QUEUE_DIR, folder).mkdir(parents=True, exist_ok=True)
