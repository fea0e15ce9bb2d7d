"""What beat rings for, and how often; a ring is worth nothing once the next one came."""

from typing import Any

_EVERY_SECONDS = {
    "curation.tasks.tick": 10.0,
    "evaluation.tasks.resume_runs": 10.0,
    "evaluation.tasks.resume_trials": 10.0,
    "evaluation.tasks.resume_checks": 10.0,
    "evaluation.tasks.resume_judgings": 10.0,
    "evaluation.tasks.refresh_reports": 30.0,
    "curation.tasks.resume_releases": 30.0,
    "curation.tasks.look_for_texts": 60.0,
    "curation.tasks.forget_scans": 3600.0,
    "curation.tasks.resume_imports": 15.0,
    "curation.tasks.resume_pushes": 30.0,
    "curation.tasks.mail_notices": 30.0,
    "curation.tasks.warn_of_claims": 300.0,
    "curation.tasks.count_coverage": 300.0,
    "curation.tasks.forget_requests": 3600.0,
}

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    task: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
    for task, seconds in _EVERY_SECONDS.items()
}
