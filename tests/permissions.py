"""The permission table: what every route answers to every role, by asking it.

`python -m tests.permissions` writes tests/permissions.md anew; tests/test_permissions.py compares.
Read what changed in it before committing: the table is what is promised.
"""

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tests.plugin  # noqa: F401 - an environment for tests, before Django reads its settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

if __name__ == "__main__":
    django.setup()

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache as counted
from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from curation.mailing import unsubscribe_link
from curation.models import Specialty, User
from curation.people import Roles, invite
from evaluation.models import JudgeSample, SampledAnswer
from tests.curation.addresses import PAGES, filled_in
from tests.curation.api_addresses import ABOUT, BODIES, upload
from tests.curation.cast import Cast
from tests.evaluation.cast import make_endpoint as make_endpoint_at
from tests.evaluation.cast import make_run
from tests.factories import make_person

TABLE = Path(__file__).with_name("permissions.md")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ROLES = (
    "anonymous",
    "owner",
    "owner with all roles",
    "other author",
    "reviewer",
    "editor",
    "reader",
    "staff",
    "deactivated",
)
_HEAD = """# Who may do what

Written by `python -m tests.permissions`, which asks every route by every method as every role, and
compared by `tests/test_permissions.py`. A route that is missing here fails the tests.

- **owner**: an author, whose draft, image, submission, token or import the route is asked about;
  **other author**: one who has nothing to do with it. Releases, runs and people have no owner.
- **staff**: an operator, who sees the window at `/admin/` and has no role of the collection.
- **deactivated**: has all roles and a session from before an editor closed the account.
- A number is the status of the answer: 200 and 302 are done, 422 and 409 are allowed but not so or
  not now, 403 is forbidden, 404 is not there or not to be seen, 405 is no such method. **login**
  leads to the sign-in page; 401 is what programs are told there. The installation asked has no
  single sign-on: its routes are 404.
"""

type Cells = tuple[str, ...]
"""What each role is answered, in the order of `ROLES`."""


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of the address book: its name, or its pattern if it has none."""

    name: str
    has_arguments: bool
    view: Callable[..., Any]

    def address(self, troupe: "Troupe") -> str:
        """Where it is asked."""
        if not self.has_arguments:
            return reverse(self.name)
        return _address(self.name, troupe)


@cache
def routes() -> tuple[Route, ...]:
    """Every route of every app, admin and allauth included."""
    return tuple(sorted(_walk(get_resolver(), "", ""), key=lambda route: route.name))


def _walk(resolver: URLResolver, namespace: str, before: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, entry.namespace or namespace, pattern)
        elif isinstance(entry, URLPattern):
            prefix = f"{namespace}:" if namespace else ""
            name = f"{prefix}{entry.name}" if entry.name else pattern
            yield Route(name, "<" in pattern or not entry.name, entry.callback)


class Troupe:
    """The cast, everybody signed in, and what routes are asked about; each made when wanted."""

    def __init__(self) -> None:
        self.cast = Cast()
        self._sessions: dict[str, str] = {}
        self._handler = Client().handler  # loads the middleware, once for all clients

    @cached_property
    def run(self) -> Any:
        """A queued run with predictions."""
        return make_run(self.cast.release, make_endpoint_at())

    @cached_property
    def sampled(self) -> SampledAnswer:
        """A response of that run that experts are to check."""
        row = self.run.predictions.earliest("pk")
        sample = JudgeSample.objects.create(
            run=self.run, scorer="judge:Lens", seed=0, drawn_by=self.cast.editor
        )
        return SampledAnswer.objects.create(
            sample=sample, prediction=row, position=1, is_judged_right=True, weight=1
        )

    @cached_property
    def passkey(self) -> Authenticator:
        """What stands for a passkey of the owner."""
        kind = Authenticator.Type.WEBAUTHN
        data = {"name": "A key", "credential": {}}
        return Authenticator.objects.create(user=self.cast.author, type=kind, data=data)

    @cached_property
    def staff(self) -> User:
        """An operator without a role of the collection."""
        return make_person("operator@example.org", is_staff=True, is_superuser=True)

    def person(self, role: str) -> User | None:
        """Who plays this role."""
        if role == "anonymous":
            return None
        if role == "staff":
            return self.staff
        names = {"owner with all roles": "author", "owner": "author", "deactivated": "closed"}
        person: User = getattr(self.cast, names.get(role, role.replace(" ", "_")))
        return person

    def client(self, role: str) -> Client:
        """A browser in which they are signed in."""
        client = Client()
        client.handler = self._handler
        person = self.person(role)
        if person is None:
            return client
        if role not in self._sessions:
            opening = Client()
            opening.force_login(person)
            self._sessions[role] = opening.cookies[settings.SESSION_COOKIE_NAME].value
        client.cookies[settings.SESSION_COOKIE_NAME] = self._sessions[role]
        return client


_EVALUATION: dict[str, Callable[[Troupe], tuple[object, ...]]] = {
    "endpoint_edit": lambda troupe: (troupe.run.endpoint_id,),
    "run_detail": lambda troupe: (troupe.run.pk,),
    "run_report": lambda troupe: (troupe.run.pk,),
    "run_figure": lambda troupe: (troupe.run.pk, "overall", "svg"),
    "run_table": lambda troupe: (troupe.run.pk, "overall", "csv"),
    "run_cancel": lambda troupe: (troupe.run.pk,),
    "run_retry": lambda troupe: (troupe.run.pk,),
    "endpoint_check": lambda troupe: (troupe.run.endpoint_id,),
    "run_judge": lambda troupe: (troupe.run.pk,),
    "run_parquet": lambda troupe: (troupe.run.pk,),
    "run_jsonl": lambda troupe: (troupe.run.pk,),
    "run_pause": lambda troupe: (troupe.run.pk,),
    "run_resume": lambda troupe: (troupe.run.pk,),
    "run_budget": lambda troupe: (troupe.run.pk,),
    "prediction_list": lambda troupe: (troupe.run.pk,),
    "prediction_detail": lambda troupe: (troupe.run.pk, troupe.run.predictions.earliest("pk").pk),
    "judge_sample_list": lambda troupe: (troupe.run.pk,),
    "judge_sample_discard": lambda troupe: (troupe.run.pk, troupe.sampled.sample_id),
    "expert_verdict": lambda troupe: (troupe.sampled.pk,),
    "problem_try": lambda troupe: (troupe.cast.draft.pk,),
}
_ACCOUNTS: dict[str, Callable[[Troupe], tuple[object, ...]]] = {
    "api_nothing": lambda _: ("nothing",),
    "account_reset_password_from_key": lambda troupe: _reset_key(troupe.cast.author),
    "mfa_edit_webauthn": lambda troupe: (troupe.passkey.pk,),
    "mfa_remove_webauthn": lambda troupe: (troupe.passkey.pk,),
    "openid_connect_login": lambda _: ("sso",),
    "openid_connect_callback": lambda _: ("sso",),
}


def _reset_key(person: User) -> tuple[str, str]:
    return user_pk_to_url_str(person), default_token_generator.make_token(person)


def _address(name: str, troupe: Troupe) -> str:
    namespace, _, page = name.rpartition(":")
    if name == "curation:invitation_accept":
        _, token = invite("new@example.org", roles=Roles(), by=troupe.cast.editor)
        return reverse(name, args=[token])
    if name == "curation:unsubscribe":
        return urlsplit(unsubscribe_link(troupe.cast.reader)).path
    if namespace.endswith("_api") and page in ABOUT:
        return reverse(name, args=ABOUT[page](troupe.cast))
    if namespace == "curation":
        (asked,) = [each for each in PAGES if each.name == page]
        return reverse(name, args=asked.at(troupe.cast))
    if namespace == "admin" or name.startswith("admin/"):
        return _admin_address(name, troupe)
    arguments = _EVALUATION.get(page) if namespace else _ACCOUNTS.get(page)
    if arguments is None:
        raise LookupError(f"Say in tests/permissions.py about what {name} is asked.")
    return reverse(name, args=arguments(troupe))


def _admin_address(name: str, troupe: Troupe) -> str:
    if name.startswith("admin/"):
        # Routes without a name: what the window does with any other address and a row's own.
        return "/admin/nonsense/" if "url" in name else f"/admin/curation/user/{troupe.staff.pk}/"
    page = name.removeprefix("admin:")
    if page == "app_list":
        return reverse(name, args=["curation"])
    if page == "view_on_site":
        kind = ContentType.objects.get_for_model(Specialty)
        return reverse(name, args=[kind.pk, Specialty.objects.earliest("pk").pk])
    if page == "auth_user_password_change":
        return reverse(name, args=[troupe.staff.pk])
    app, model, _ = page.split("_")
    return reverse(name, args=[_row_of(app, model, troupe)])


def _row_of(app: str, model: str, troupe: Troupe) -> object:
    """A row of the table, or an identity that none has."""
    _ = troupe.staff
    row = apps.get_model(app, model)._default_manager.first()
    return row.pk if row else "0"


def answers(route: Route, troupe: Troupe) -> dict[str, Cells]:
    """What each role is answered by each method; the database is as before afterwards."""
    logging.disable(logging.CRITICAL)  # ten thousand requests, of which most are refused
    address, fill_in = route.address(troupe), _form(route, troupe)
    for role in ROLES:
        troupe.client(role)  # signed in, and made, outside what is taken back
    try:
        return {
            method: tuple(_answer(method, address, fill_in, role, troupe) for role in ROLES)
            for method in METHODS
        }
    finally:
        logging.disable(logging.NOTSET)


def _answer(
    method: str, address: str, fill_in: Callable[[], dict[str, object]], role: str, troupe: Troupe
) -> str:
    counted.clear()  # limits of attempts
    with transaction.atomic():
        if role == "owner with all roles":
            owner = User.objects.filter(pk=troupe.cast.author.pk)
            owner.update(is_author=True, is_reviewer=True, is_editor=True)
        answer = _send(troupe.client(role), method, address, fill_in)
        _close(answer)
        transaction.set_rollback(True)
    logins = (reverse(settings.LOGIN_URL), reverse("admin:login"))
    is_login = answer.status_code == 302 and answer["Location"].startswith(logins)
    return "login" if is_login else str(answer.status_code)


def _send(
    client: Client, method: str, address: str, fill_in: Callable[[], dict[str, object]]
) -> Any:
    """What a browser sends, or a program: forms there, JSON here, with files in a form too."""
    send = getattr(client, method.lower())
    is_of_api = address.startswith("/api/")
    data = fill_in() if method == "POST" or (is_of_api and method == "PATCH") else None
    if is_of_api and data is not None and "file" not in data:
        return send(address, data, content_type="application/json")
    return send(address, data)


def _close(answer: Any) -> None:
    """Close a file that was sent, but not the connection to the database."""
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)


def _form(route: Route, troupe: Troupe) -> Callable[[], dict[str, object]]:
    """What makes the form that a browser would send; files in it are read once."""
    for page in PAGES:
        if route.name == f"curation:{page.name}":
            arguments = page.at(troupe.cast)
            return lambda: filled_in() | page.fills_in(*arguments)
    namespace, _, name = route.name.rpartition(":")
    if namespace.endswith("_api"):
        return upload if name == "panel_image" else lambda: dict(BODIES.get(name, {}))
    return dict


type Table = dict[str, dict[str, Cells]]


def rendered(table: Table) -> str:
    """The table as Markdown; methods that are answered alike share a row."""
    lines = [_HEAD, _row("route", "method", *ROLES), _row(*["---"] * (len(ROLES) + 2))]
    for name, by_method in table.items():
        for cells, alike in groupby(METHODS, key=by_method.__getitem__):
            lines.append(_row(f"`{name.replace('|', '&#124;')}`", " ".join(alike), *cells))
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def read_table() -> Table:
    """The table as it is promised."""
    table: Table = {}
    for line in TABLE.read_text().splitlines():
        if line.startswith("| `"):
            name, methods, *cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
            by_method = table.setdefault(name.strip("`").replace("&#124;", "|"), {})
            by_method |= dict.fromkeys(methods.split(), tuple(cells))
    return table


def _write() -> None:
    setup_test_environment()
    name = connection.creation.create_test_db(verbosity=0)
    table: Table = {}
    try:
        for route in routes():
            with transaction.atomic():
                table[route.name] = answers(route, Troupe())
                transaction.set_rollback(True)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    TABLE.write_text(rendered(table))


if __name__ == "__main__":
    _write()
