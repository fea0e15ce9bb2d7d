"""What constraints of the database refuse, beside its guards."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from curation.models import Image, Problem, Release, Review, Status, Verdict
from tests.curation.statuses import Crew, bring_to, current, judge, make_crew, make_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def test_one_person_has_one_review_of_a_revision(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[0], Verdict.APPROVE)
    again = Review(revision=current(problem), reviewer=crew.reviewers[0], verdict=Verdict.APPROVE)
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.DRAFT, Status.WITHDRAWN}))
def test_nothing_is_beyond_a_draft_without_a_revision(status: Status, crew: Crew) -> None:
    draft = make_draft(crew)
    with pytest.raises(IntegrityError), transaction.atomic():
        Problem.objects.filter(pk=draft.pk).update(status=status)


@pytest.mark.parametrize("model", [Problem, Release, Image])
def test_what_revisions_and_releases_stand_on_is_not_deleted(
    model: type[Model], crew: Crew
) -> None:
    bring_to(Status.PUBLISHED, crew)
    rows: Any = model._default_manager.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows._raw_delete("default")
        connection.check_constraints()  # SQLite would say so at the end of the transaction
