"""What commands are told by name: a release, an endpoint, a protocol, a person."""

from collections.abc import Sequence

from django.core.management.base import CommandError

from curation.models import Release, User
from curation.permissions import can_edit_collection
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.models import ModelEndpoint


def release_named(version: str) -> Release:
    """The published release of this version."""
    release = Release.objects.published().filter(version=version).first()
    if release is None:
        known = [each.version for each in Release.objects.published()]
        raise CommandError(f"No release {version} is published; there is: {_listed(known)}.")
    return release


def endpoint_named(name: str) -> ModelEndpoint:
    """The endpoint of this name that can be asked."""
    endpoint = ModelEndpoint.objects.set_up_here().filter(name=name).first()
    if endpoint is None:
        known = [each.name for each in ModelEndpoint.objects.set_up_here()]
        raise CommandError(f"There is no endpoint {name}; there is: {_listed(known)}.")
    return endpoint


def protocol_named(name: str) -> Protocol:
    """The preset of this name."""
    if name not in PRESETS:
        raise CommandError(f"There is no protocol {name}; there is: {_listed(list(PRESETS))}.")
    return PRESETS[name]


def editor_named(email: str) -> User:
    """The editor with this address; without one, the only editor there is."""
    if not email:
        editors = list(User.objects.filter(is_editor=True, is_active=True)[:2])
        if len(editors) != 1:
            raise CommandError("Say which editor does this: --by EMAIL.")
        return editors[0]
    person = User.objects.filter(email=email.lower(), is_active=True).first()
    if person is None or not can_edit_collection(person):
        raise CommandError(f"{email} is not an editor here.")
    return person


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none yet"
