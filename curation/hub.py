"""Speaks to a hub of data sets by its own client; its failures as sentences.

The client is an extra (`hub`) and large, so it is imported where it is used. No sentence here holds
what the hub answered: it might repeat what it was sent.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_TIMEOUT_SECONDS = 60.0  # for a connection, and between two pieces of an answer
_BUSY = frozenset((408, 429, 500, 502, 503, 504))
_DEFAULT_WAIT_SECONDS = 60
_LONGEST_WAIT_SECONDS = 3600
_DATASET = "dataset"
_OF_THE_HUB = {".gitattributes"}  # it makes this file by itself


class HubError(Exception):
    """What the hub refused, in words. ``wait_seconds``: it may take it later; None for never."""

    def __init__(self, words: str, *, wait_seconds: int | None = None) -> None:
        super().__init__(words)
        self.wait_seconds = wait_seconds


class _BusyError(Exception):
    """The hub asks to come back later."""

    def __init__(self, status: int, wait_seconds: int) -> None:
        super().__init__(f"HTTP {status}")
        self.code = status
        self.wait_seconds = wait_seconds


def is_installed() -> bool:
    """Whether the extra `hub` is there."""
    return find_spec("huggingface_hub") is not None


class Hub:
    """One hub, for who holds the token."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._api = _api(url, token)

    def open_repository(self, repository: str, *, is_private: bool) -> None:
        """Make the repository unless it is there; HubError where it cannot be written to.

        A repository that others can read is not taken for a release that is not for all.
        """
        with _in_words(repository):
            self._api.whoami()
            self._api.create_repo(repository, repo_type=_DATASET, private=is_private, exist_ok=True)
            is_open = not self._api.dataset_info(repository).private
        if is_private and is_open:
            raise HubError(
                f"The repository {repository} is there already and everybody can read it. Make it "
                "private at the hub, or name another."
            )

    def send(
        self,
        repository: str,
        files: Mapping[str, Path],
        *,
        message: str,
        remove: Iterable[str] = (),
    ) -> str:
        """Commit these files; what the hub has already is not sent. The commit's address."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete  # noqa: PLC0415 - large

        additions = [
            CommitOperationAdd(path_in_repo=name, path_or_fileobj=path)
            for name, path in files.items()
        ]
        deletions = [CommitOperationDelete(path_in_repo=name) for name in remove]
        with _in_words(repository):
            commit = self._api.create_commit(
                repository,
                [*additions, *deletions],
                repo_type=_DATASET,
                commit_message=message,
                num_threads=2,
            )
        address = str(commit.commit_url)  # shown as a link, so it must be one of the hub
        return address if address.startswith(f"{self._url}/") else self._url

    def others(self, repository: str, names: Iterable[str]) -> list[str]:
        """The files there that are none of these, those of earlier releases."""
        with _in_words(repository):
            present = self._api.list_repo_files(repository, repo_type=_DATASET)
        return sorted(set(present) - set(names) - _OF_THE_HUB)

    def tag(self, repository: str, version: str) -> None:
        """Let what is there now be found by the release's version."""
        with _in_words(repository):
            self._api.create_tag(repository, tag=version, repo_type=_DATASET, exist_ok=True)


def _api(url: str, token: str) -> "HfApi":
    from huggingface_hub import HfApi, set_client_factory  # noqa: PLC0415 - large
    from huggingface_hub.utils._http import default_client_factory  # noqa: PLC0415 - see above

    def client() -> Any:
        # By itself it waits for ever for an answer, and as long as the hub says before it retries.
        made = default_client_factory()
        made.timeout = _TIMEOUT_SECONDS
        made.event_hooks = {**made.event_hooks, "response": [_require_time]}
        return made

    set_client_factory(client)
    return HfApi(endpoint=url, token=token)


def _require_time(response: Any) -> None:
    if response.status_code in _BUSY:
        raise _BusyError(response.status_code, _wait_seconds(response.headers.get("retry-after")))


def _wait_seconds(said: str | None) -> int:
    seconds = int(said) if said and said.isdecimal() else _DEFAULT_WAIT_SECONDS
    return min(seconds, _LONGEST_WAIT_SECONDS)


@contextmanager
def _in_words(repository: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        said = _said(error, repository)
        if said is None:
            raise
        raise said from error


def _said(error: Exception, repository: str) -> HubError | None:
    """What to say of it; None for what is no failure of the hub's."""
    known = (_in_a_word(cause, repository) for cause in _causes(error))
    said = next((each for each in known if each is not None), None)
    if said is None and isinstance(error, ValueError | KeyError | TypeError):
        return HubError("The hub answered what its client does not understand. See HUB_URL.")
    return said


def _in_a_word(cause: BaseException, repository: str) -> HubError | None:
    from httpx2 import TransportError  # noqa: PLC0415 - comes with the extra
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415 - large

    match cause:
        case _BusyError():
            return HubError(_trouble(cause.code), wait_seconds=cause.wait_seconds)
        case TransportError():
            words = "The hub could not be reached, or the connection broke off."
            return HubError(words, wait_seconds=_DEFAULT_WAIT_SECONDS)
        case HfHubHTTPError():
            return HubError(_refusal(cause.response.status_code, repository))
        case HFValidationError():
            return HubError(f"{repository} is no name of a repository at the hub.")
    return None


def _trouble(status: int) -> str:
    if status == 429:
        return "The hub asks to send less for a while."
    return f"The hub has trouble of its own (HTTP {status})."


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _refusal(status: int, repository: str) -> str:
    match status:
        case 401:
            return "The hub does not take the token in HUB_TOKEN. Put a valid one there, and retry."
        case 403:
            return (
                f"The token in HUB_TOKEN may not write to {repository}. Let its owner allow it, or "
                "name a repository that it may write to."
            )
        case 404:
            return f"There is no repository {repository} at the hub, and it cannot be made."
    return f"The hub refused the files (HTTP {status})."
