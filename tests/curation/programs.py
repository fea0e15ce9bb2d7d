"""Programs that ask the API for a person, by a token of theirs or by none."""

from collections.abc import Iterable
from typing import Any

from django.test import Client

from curation.models import Scope, User
from curation.tokens import create_token

ROOT = "/api/v1"


class Program:
    """Asks with a token that is good for everything, or for what it is told."""

    def __init__(self, person: User | None = None, scopes: Iterable[str] = Scope) -> None:
        self._client = Client()
        self.token = ""
        if person is not None:
            _, self.token = create_token(person, name="A script", scopes=scopes, days=30)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """The answer; a path begins with a slash after the root of the API, or is whole."""
        if self.token:
            headers = {"Authorization": f"Bearer {self.token}", **headers}
        if key:
            headers["Idempotency-Key"] = key
        address = path if path.startswith(("http", "/api")) else f"{ROOT}{path}"
        send = getattr(self._client, method.lower())
        if body is None:
            return send(address, headers=headers)
        if isinstance(body, bytes):  # as they are, whatever the media type says of them
            verb = method.upper()
            return self._client.generic(verb, address, body, content_type, headers=headers)
        return send(address, body, content_type=content_type, headers=headers)

    def get(self, path: str, **headers: str) -> Any:
        """Read."""
        return self.ask("get", path, **headers)

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        """Do."""
        return self.ask("post", path, {} if body is None else body, key=key)

    def patch(self, path: str, body: Any, *, key: str = "") -> Any:
        """Change."""
        return self.ask("patch", path, body, key=key)

    def upload(self, path: str, content: bytes, *, key: str = "") -> Any:
        """Bring a file."""
        boundary = "a-boundary"
        head = 'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        data = b"".join(
            (
                f"--{boundary}\r\n{head}".encode(),
                content,
                f"\r\n--{boundary}--\r\n".encode(),
            )
        )
        kind = f"multipart/form-data; boundary={boundary}"
        return self.ask("post", path, data, key=key, content_type=kind)


def walk(program: Program, path: str) -> list[Any]:
    """All rows of a list, page by page."""
    rows: list[Any] = []
    address: str | None = path
    while address:
        page = program.get(address).json()
        rows += page["results"]
        address = page["next"]
    return rows
