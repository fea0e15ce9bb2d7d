"""Fills an empty installation: every status is reached by the verbs a person would use."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from config.demo.collection import Collection, read_collection
from config.demo.judging import judge
from curation import arranging, authoring, exporting, instructing, releases, workflow
from curation.domain.content import Annotations
from curation.images import ImageFacts, attest_text, bring_image, describe_image
from curation.models import Image, Panel, Problem, Release, Status, User
from curation.people import Roles, add_person
from evaluation.domain.arms import Shots
from evaluation.domain.protocol import PRESETS
from evaluation.endpoints import EndpointFacts, create_endpoint, update_endpoint
from evaluation.models import EndpointKind, ModelEndpoint, Run
from evaluation.most_alike_server import MODEL
from evaluation.planning import plan_run

VERSION = "1.0.0"
_RELEASED = {Status.PUBLISHED, Status.RETIRED}
_SUBMITTED = set(Status) - {Status.DRAFT}


def is_seeded() -> bool:
    """Whether an earlier start filled this installation."""
    return Release.objects.filter(version=VERSION, status=Release.Status.READY).exists()


def set_passwords(password: str) -> list[User]:
    """Give everybody of the demo the password of this start; the people, editors first."""
    emails = [person["email"] for person in read_collection().people]
    people = User.objects.filter(email__in=emails)
    for person in people:
        person.set_password(password)
        person.save(update_fields=["password"])
    return sorted(people, key=lambda person: (not person.is_editor, not person.is_reviewer))


_ASKED = (
    "zero_shot_open",
    "in_context_open",
    "zero_shot_multiple_choice",
    "in_context_multiple_choice",
)


@transaction.atomic
def seed() -> None:
    """People, problems in every status, one release with its files: all or nothing."""
    _Seed(read_collection()).fill()


def seed_runs(chat_url: str) -> list[Run]:
    """Both baselines and the built-in chat server as endpoints, with runs of each to work off."""
    editor = User.objects.filter(is_editor=True).earliest("pk")
    wanted = [
        EndpointFacts(name="Random example answer", kind=EndpointKind.RANDOM_EXAMPLE),
        EndpointFacts(name="Majority example answer", kind=EndpointKind.MAJORITY_EXAMPLE),
        EndpointFacts(
            name="Built-in test program (answers like the most similar example)",
            kind=EndpointKind.OPENAI_COMPATIBLE,
            base_url=chat_url,
            model=MODEL,
            is_open_to_authors=True,
        ),
    ]
    release = Release.objects.get(version=VERSION)
    runs: list[Run] = []
    for facts in wanted:
        endpoint = ModelEndpoint.objects.filter(name=facts.name).first()
        if endpoint is None:
            runs += _runs_of(create_endpoint(facts, by=editor), release, editor)
        elif endpoint.base_url != facts.base_url:
            update_endpoint(endpoint, facts, by=editor)
    return runs


def _runs_of(endpoint: ModelEndpoint, release: Release, editor: User) -> list[Run]:
    protocols = [PRESETS[name] for name in _ASKED]
    asked = [p for p in protocols if p.shots is Shots.ALL or not endpoint.is_baseline]
    return [plan_run(release, endpoint, protocol, by=editor) for protocol in asked]


@dataclass(slots=True)
class _Seed:
    """One filling: what was made so far, by the names the collection uses."""

    collection: Collection
    people: dict[str, User] = field(default_factory=dict)
    images: dict[tuple[str, int], Image] = field(default_factory=dict)

    def fill(self) -> None:
        for person in self.collection.people:
            self.people[person["email"]] = _make_person(person)
        editor = next(person for person in self.people.values() if person.is_editor)
        released = [p for p in self.collection.problems if p["status"] in _RELEASED]
        made = {entry["key"]: self._review(self._write(entry), entry) for entry in released}
        release = releases.cut_release(VERSION, notes="The demo collection.", by=editor)
        exporting.write_release(release)
        releases.publish_release(release, by=editor)
        for entry in self.collection.problems:
            if entry["key"] not in made:
                made[entry["key"]] = self._review(self._write(entry), entry)
            self._finish(made[entry["key"]], entry, editor)
        self._teach(made, editor)

    def _teach(self, made: dict[str, Problem], editor: User) -> None:
        """The instructions, with one good and one bad problem of the collection."""
        taught = self.collection.taught
        edition = instructing.Edition(
            text=instructing.current_instructions().text,
            good=made[taught["good"]].current_revision,
            good_because=taught["good_because"],
            bad=made[taught["bad"]].current_revision,
            bad_because=taught["bad_because"],
        )
        instructing.edit_instructions(edition, started_from=None, by=editor)

    def _write(self, entry: dict[str, Any]) -> Problem:
        problem = authoring.start_problem(self.people[entry["author"]])
        for _ in entry["examples"][2:]:
            arranging.add_example(problem)
        panels = problem.panels.in_order()
        for panel, words in zip(panels, [*entry["examples"], entry["query"]], strict=True):
            panel.problem = problem
            self._write_panel(panel, words)
        annotations = Annotations(**entry["annotations"])
        authoring.annotate(problem, version=problem.version, annotations=annotations)
        for code, text in entry.get("explanations", {}).items():
            authoring.explain_warning(problem, version=problem.version, code=code, text=text)
        return problem

    def _write_panel(self, panel: Panel, words: dict[str, Any]) -> None:
        problem = panel.problem
        authoring.write_panel(
            panel,
            version=problem.version,
            question=words["question"],
            answer=words["answer"],
            accepted_variants=words.get("accepted_variants", []),
        )
        if words["image"] is not None:
            image = self._image(words["image"], problem.author)
            arranging.place_image(panel, image=image)

    def _image(self, name: str, author: User) -> Image:
        key = (name, author.pk)
        if key not in self.images:
            self.images[key] = self._bring(name, author)
        return self.images[key]

    def _bring(self, name: str, author: User) -> Image:
        shipped = self.collection.images[name]
        image = bring_image(shipped.path.read_bytes(), by=author)
        facts = ImageFacts(
            source=shipped.source,
            license=shipped.license,
            attribution=shipped.attribution,
            alt_text=shipped.alt_text,
            is_without_patient=True,
        )
        describe_image(image, facts)
        return image

    def _review(self, problem: Problem, entry: dict[str, Any]) -> Problem:
        if entry["status"] not in _SUBMITTED:
            return problem
        for image in Image.objects.filter(panels__problem=problem):
            attest_text(image, is_harmless=True)  # what a worker may find: names of views and sides
        revision = workflow.submit(problem, by=problem.author, version=problem.version)
        for review in entry.get("reviews", []):
            judge(revision, review, by=self.people[review["reviewer"]])
        problem.refresh_from_db()
        return problem

    def _finish(self, problem: Problem, entry: dict[str, Any], editor: User) -> None:
        problem.refresh_from_db()
        match entry["status"]:
            case Status.RETIRED:
                workflow.retire(problem, by=editor, comment=entry["reason"])
            case Status.REJECTED:
                workflow.reject(problem, by=editor, comment=entry["reason"])
            case Status.WITHDRAWN:
                workflow.withdraw(problem, by=problem.author, comment=entry["reason"])


def _make_person(entry: dict[str, Any]) -> User:
    return add_person(
        entry["email"],
        name=entry["name"],
        password=None,
        roles=Roles(**{f"is_{role}": True for role in entry["roles"]}),
        specialty_id=entry["specialty"],
        years_of_experience=entry["years_of_experience"],
        affiliation=entry["affiliation"],
    )
