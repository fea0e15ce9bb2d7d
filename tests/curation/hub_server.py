"""A hub of data sets for tests: real HTTP, the calls that its client uses, and its misbehavior."""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.evaluation.serving import serving

TOKEN = "hf_token_for_tests"
_AS_LARGE_FILES = (".parquet", ".png", ".jpg")

type Behave = Callable[[web.Request], Awaitable[web.StreamResponse | None]]
"""Answers in the hub's place, or lets it answer by giving None."""


@dataclass(slots=True)
class Repository:
    """One repository of data: its files as they are now, and its commits."""

    is_private: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)
    commits: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def head(self) -> str:
        """The hash of the last commit."""
        return hashlib.sha1(f"{len(self.commits)}".encode()).hexdigest()  # noqa: S324 - as git does


@dataclass(slots=True)
class HubServer:
    """The hub: what it has, what it was asked, and how it misbehaves."""

    url: str = ""
    may_write: str = "lab"
    repositories: dict[str, Repository] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    authorizations: list[tuple[str, str]] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    behave: Behave | None = None

    def app(self) -> web.Application:
        """Its routes."""
        app = web.Application(middlewares=[self._watch], client_max_size=1024**3)
        name = "{owner}/{name}"
        app.add_routes(
            [
                web.get("/api/whoami-v2", self._whoami),
                web.post("/api/validate-yaml", self._validate),
                web.post("/api/repos/create", self._create),
                web.get(f"/api/datasets/{name}", self._info),
                web.get(f"/api/datasets/{name}/revision/{{revision}}", self._info),
                web.get(f"/api/datasets/{name}/tree/{{revision}}", self._tree),
                web.get(f"/api/datasets/{name}/tree/{{revision}}/{{path:.*}}", self._tree),
                web.post(f"/api/datasets/{name}/paths-info/{{revision}}", self._paths),
                web.post(f"/api/datasets/{name}/preupload/main", self._preupload),
                web.post(f"/datasets/{name}.git/info/lfs/objects/batch", self._batch),
                web.put("/large/{oid}", self._upload),
                web.post("/verify", self._verify),
                web.post(f"/api/datasets/{name}/commit/main", self._commit),
                web.post(f"/api/datasets/{name}/tag/main", self._tag),
                web.get(f"/datasets/{name}/resolve/{{revision}}/{{path:.+}}", self._resolve),
            ]
        )
        return app

    @web.middleware
    async def _watch(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        said = request.headers.get("Authorization", "")
        self.authorizations.append((request.path, said))
        answer = await self.behave(request) if self.behave else None
        if answer is not None:
            return answer
        is_open = request.path.startswith("/large/") or request.method in {"GET", "HEAD"}
        if said != f"Bearer {TOKEN}" and (not is_open or request.path == "/api/whoami-v2"):
            return web.json_response({"error": "Invalid username or password."}, status=401)
        return await handler(request)

    def _repository(self, request: web.Request) -> Repository:
        name = f"{request.match_info['owner']}/{request.match_info['name']}"
        if name not in self.repositories:
            raise web.HTTPNotFound(headers={"X-Error-Code": "RepoNotFound"})
        return self.repositories[name]

    async def _whoami(self, _: web.Request) -> web.Response:
        return web.json_response({"type": "user", "name": self.may_write, "orgs": []})

    async def _validate(self, _: web.Request) -> web.Response:
        return web.json_response({"errors": [], "warnings": []})

    async def _create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        name = f"{asked.get('organization') or self.may_write}/{asked['name']}"
        if name in self.repositories:
            return web.json_response(
                {"error": "You already created this", "url": f"{self.url}/datasets/{name}"},
                status=409,
            )
        if not name.startswith(f"{self.may_write}/"):
            return web.json_response({"error": "You have no right"}, status=403)
        self.repositories[name] = Repository(is_private=_is_private(asked))
        return web.json_response({"url": f"{self.url}/datasets/{name}"})

    async def _info(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        return web.json_response(
            {
                "id": f"{request.match_info['owner']}/{request.match_info['name']}",
                "private": repository.is_private,
                "sha": repository.head,
                "tags": [],
                "downloads": 0,
                "siblings": [{"rfilename": path} for path in sorted(repository.files)],
            }
        )

    async def _tree(self, request: web.Request) -> web.Response:
        repository, under = self._repository(request), request.match_info.get("path", "")
        prefix = f"{under}/" if under else ""
        found = [_entry(repository, path) for path in sorted(repository.files)]
        within = [entry for entry in found if entry["path"].startswith(prefix)]
        if under and not within:
            raise web.HTTPNotFound(headers={"X-Error-Code": "EntryNotFound"})
        if request.query.get("recursive", "").lower() != "true":
            within = _one_level(within, prefix)
        return web.json_response(within)

    async def _paths(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        wanted = (await request.post()).getall("paths") if request.can_read_body else []
        if request.content_type == "application/json":
            wanted = (await request.json())["paths"]
        found = [_entry(repository, str(path)) for path in wanted if path in repository.files]
        folders = {p.rpartition("/")[0] for p in repository.files}
        found += [_folder(str(path)) for path in wanted if path in folders and path]
        return web.json_response(found)

    async def _preupload(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        files = (await request.json())["files"]
        return web.json_response({"files": [_mode(repository, file["path"]) for file in files]})

    async def _batch(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return web.json_response(
            {"transfer": "basic", "objects": [self._wanted(each) for each in asked["objects"]]},
            content_type="application/vnd.git-lfs+json",
        )

    def _wanted(self, asked: dict[str, Any]) -> dict[str, Any]:
        described = {"oid": asked["oid"], "size": asked["size"]}
        if asked["oid"] in self.objects:
            return described
        upload = {"href": f"{self.url}/large/{asked['oid']}", "header": {}}
        verify = {"href": f"{self.url}/verify", "header": {}}
        return described | {"actions": {"upload": upload, "verify": verify}}

    async def _upload(self, request: web.Request) -> web.Response:
        oid, data = request.match_info["oid"], await request.read()
        if hashlib.sha256(data).hexdigest() != oid:
            return web.json_response({"error": "Not what was announced"}, status=400)
        self.objects[oid] = data
        self.uploads.append(oid)
        return web.Response()

    async def _verify(self, request: web.Request) -> web.Response:
        asked = await request.json()
        is_there = len(self.objects.get(asked["oid"], b"")) == asked["size"]
        return web.json_response({}, status=200 if is_there else 404)

    async def _commit(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        lines = [json.loads(line) for line in (await request.text()).splitlines()]
        for line in lines:
            self._apply(repository, line["key"], line["value"])
        repository.commits.append(lines[0]["value"]["summary"])
        name = f"{request.match_info['owner']}/{request.match_info['name']}"
        return web.json_response(
            {
                "success": True,
                "commitOid": repository.head,
                "commitUrl": f"{self.url}/datasets/{name}/commit/{repository.head}",
            }
        )

    def _apply(self, repository: Repository, key: str, value: dict[str, Any]) -> None:
        match key:
            case "file":
                repository.files[value["path"]] = base64.b64decode(value["content"])
            case "lfsFile":
                repository.files[value["path"]] = self.objects[value["oid"]]
                repository.large.add(value["path"])
            case "deletedFile":
                del repository.files[value["path"]]

    async def _tag(self, request: web.Request) -> web.Response:
        repository, tag = self._repository(request), (await request.json())["tag"]
        if tag in repository.tags:
            return web.json_response({"error": "It is there"}, status=409)
        repository.tags[tag] = repository.head
        return web.json_response({})

    async def _resolve(self, request: web.Request) -> web.Response:
        repository, path = self._repository(request), request.match_info["path"]
        if path not in repository.files:
            raise web.HTTPNotFound(
                headers={"X-Error-Code": "EntryNotFound", "X-Repo-Commit": repository.head}
            )
        data = repository.files[path]
        etag = hashlib.sha256(data).hexdigest()
        return web.Response(
            body=data, headers={"ETag": f'"{etag}"', "X-Repo-Commit": repository.head}
        )


def _is_private(asked: dict[str, Any]) -> bool:
    """As older and as newer clients ask for it."""
    return bool(asked.get("private")) or asked.get("visibility") == "private"


def _blob(data: bytes) -> str:
    """What git calls it."""
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()  # noqa: S324 - as git


def _mode(repository: Repository, path: str) -> dict[str, Any]:
    mode = "lfs" if path.endswith(_AS_LARGE_FILES) else "regular"
    data = repository.files.get(path)
    large = hashlib.sha256(data).hexdigest() if data is not None else None
    oid = large if path in repository.large else (_blob(data) if data is not None else None)
    return {"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid}


def _entry(repository: Repository, path: str) -> dict[str, Any]:
    data = repository.files[path]
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(data), "oid": _blob(data)}
    if path in repository.large:
        oid = hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"oid": oid, "size": len(data), "pointerSize": 130}
    return entry


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "size": 0, "oid": _blob(path.encode())}


def _one_level(entries: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """What lies directly in a folder: files, and its folders once each."""
    below = [entry["path"].removeprefix(prefix) for entry in entries]
    folders = dict.fromkeys(name.split("/")[0] for name in below if "/" in name)
    files = [entry for entry in entries if "/" not in entry["path"].removeprefix(prefix)]
    return [*(_folder(prefix + name) for name in folders), *files]


@contextmanager
def hub_server() -> Iterator[HubServer]:
    """A running hub."""
    server = HubServer()
    with serving(server.app()) as url:
        server.url = url
        yield server
