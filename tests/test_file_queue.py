"""The queue of files, with kombu's real machinery and several processes."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from kombu import Connection, Exchange, Queue
from pytest_django import Settings

from config.file_queue import Channel, Transport
from tests.environment import ROOT

MESSAGES = 200
PROCESSES = 2
PATIENCE_SECONDS = 60

PRODUCE = """
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    queue.put({"number": number, "padding": "x" * 20_000})
"""
CONSUME = """
try:
    while True:
        message = queue.get(timeout=5)
        message.ack()
        print(message.payload["number"], flush=True)
except Empty:
    pass
"""
START = """
import sys
from queue import Empty
from tests.test_file_queue import connected
connection = connected(sys.argv[1])
queue = connection.SimpleQueue("work")
"""


def connected(folder: Path | str) -> Connection:
    for name in ("messages", "control"):
        Path(folder, name).mkdir(exist_ok=True)
    options: dict[str, Any] = {
        "data_folder_in": str(Path(folder, "messages")),
        "data_folder_out": str(Path(folder, "messages")),
        "control_folder": str(Path(folder, "control")),
        "polling_interval": 0.01,
    }
    transport = "config.file_queue:Transport"
    return Connection("filesystem://", transport=transport, transport_options=options)


def bound_to(exchange: str, folder: Path) -> list[str]:
    with connected(folder) as connection:
        channel = connection.channel()
        assert isinstance(channel, Channel)
        return [row.queue for row in channel.get_table(exchange)]


def name_in(folder: Path) -> str:
    """A queue's name of its own: what one process has bound is known to all its connections."""
    return folder.name


def start(program: str, folder: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START + program, str(folder), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def messages_in(folder: Path) -> list[Path]:
    return sorted((folder / "messages").glob("*.msg"))


def test_what_many_processes_send_at_once_arrives_once(tmp_path: Path) -> None:
    connected(tmp_path)
    share = MESSAGES // PROCESSES
    consumers = [start(CONSUME, tmp_path) for _ in range(PROCESSES)]
    producers = [
        start(PRODUCE, tmp_path, share * number, share * (number + 1))
        for number in range(PROCESSES)
    ]
    for producer in producers:
        producer.communicate(timeout=PATIENCE_SECONDS)
        assert producer.returncode == 0
    said = [consumer.communicate(timeout=PATIENCE_SECONDS)[0] for consumer in consumers]
    assert [consumer.returncode for consumer in consumers] == [0] * PROCESSES
    assert Counter(map(int, "".join(said).split())) == Counter(range(MESSAGES))
    assert list((tmp_path / "messages").iterdir()) == []


@pytest.mark.parametrize(
    "content",
    ['{"body": "eyJudW1iZX', "", "\0\0\0\0", "[]", "null", "{}", '{"properties": {}}'],
    ids=["cut off", "empty", "zeros", "list", "null", "no properties", "no tag"],
)
def test_what_is_no_message_is_set_aside_and_the_next_one_arrives(
    tmp_path: Path, content: str
) -> None:
    with connected(tmp_path) as connection:
        queue = connection.SimpleQueue(name_in(tmp_path))
        queue.put("broken")
        queue.put("whole")
        broken, _ = messages_in(tmp_path)
        broken.write_text(content)
        assert queue.get(timeout=PATIENCE_SECONDS).payload == "whole"
        assert (tmp_path / "messages" / f"{broken.name}.unreadable").read_text() == content
        queue.close()


def test_a_message_is_not_seen_before_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[Path]] = []
    replace = Path.replace

    def look(path: Path, target: Path) -> Path:
        seen.append(messages_in(tmp_path))
        return replace(path, target)

    with connected(tmp_path) as connection:
        queue = connection.SimpleQueue(name_in(tmp_path))
        monkeypatch.setattr(Path, "replace", look)
        queue.put("whole")
        queue.close()
    assert seen
    assert not any(seen)
    assert len(messages_in(tmp_path)) == 1


def test_messages_arrive_in_the_order_of_their_sending(tmp_path: Path) -> None:
    with connected(tmp_path) as connection:
        queue = connection.SimpleQueue(name_in(tmp_path))
        for number in range(20):
            queue.put(number)
        assert [queue.get_nowait().payload for _ in range(20)] == list(range(20))
        queue.close()


BIND = """
from kombu import Exchange, Queue
for number in range(50):
    Queue(f"{sys.argv[2]}-{number}", Exchange("all", type="fanout"))(connection.channel()).declare()
"""


def test_processes_that_bind_at_once_lose_no_binding(tmp_path: Path) -> None:
    connected(tmp_path)
    binders = [start(BIND, tmp_path, name) for name in ("one", "other")]
    for binder in binders:
        binder.communicate(timeout=PATIENCE_SECONDS)
        assert binder.returncode == 0
    names = {f"{name}-{number}" for name in ("one", "other") for number in range(50)}
    assert set(bound_to("all", tmp_path)) == names


def test_bindings_that_cannot_be_read_are_made_anew(tmp_path: Path) -> None:
    with connected(tmp_path) as connection:
        (tmp_path / "control" / "anew.exchange").write_text('[["a"')
        assert bound_to("anew", tmp_path) == []
        Queue("some", Exchange("anew", type="fanout"))(connection.channel()).declare()
        assert bound_to("anew", tmp_path) == ["some"]


def test_a_deleted_queue_is_bound_no_more(tmp_path: Path) -> None:
    with connected(tmp_path) as connection:
        queue = Queue("gone", Exchange("pass", type="fanout"))(connection.channel())
        queue.declare()
        assert bound_to("pass", tmp_path) == ["gone"]
        queue.delete()
        assert bound_to("pass", tmp_path) == []


def test_without_redis_celery_uses_this_queue(settings: Settings) -> None:
    if settings.REDIS_URL:
        pytest.skip("this pass has a Redis; the pass without has this test")
    with current_app.connection_for_write() as connection:
        assert type(connection.transport) is Transport
        assert type(connection.channel()) is Channel
