"""The queue of one machine: a folder in which every message lies whole or not at all.

kombu's file-system transport shows a message to its consumers before it is written, moves it by
copying where the temporary folder is another disk, and rewrites its tables in place. Here a file
is written aside and renamed, and a message is claimed by renaming it. What is nevertheless not a
message, as after a power cut, is set aside with a line in the log.
"""

import fcntl
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

import structlog
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

logger = structlog.get_logger(__name__)

Binding = filesystem.exchange_queue_t


def write_whole(path: Path, content: str) -> None:
    """Let a file be there with all its content, at once; a killed writer leaves none."""
    aside = path.with_name(f".{uuid.uuid4()}")
    aside.write_text(content)
    aside.replace(path)


class Channel(filesystem.Channel):
    """Messages as files whose names end in their queue's; bindings as one file an exchange."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]  # as kombu's own
        # Names sort by the time of sending.
        name = f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg"
        write_whole(Path(self.data_folder_out, name), dumps(payload))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in sorted(Path(self.data_folder_in).iterdir()):
            if path.name.partition(".")[2] == f"{queue}.msg":
                message = self._claimed(path)
                if message is not None:
                    return message
        raise Empty

    def _claimed(self, path: Path) -> Any:
        """The message, or None if it is none or another consumer was faster."""
        ours = path.with_name(f"{path.name}.claimed")
        try:
            path.rename(ours)
        except FileNotFoundError:
            return None
        try:
            message = loads(ours.read_bytes())
            self.Message(message, channel=self)  # as the consumer will do
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            aside = ours.replace(path.with_name(f"{path.name}.unreadable"))
            logger.warning("message_unreadable", file=str(aside), error=repr(error))
            return None
        ours.unlink()
        return message

    def get_table(self, exchange: str) -> list[Binding]:  # type: ignore[override]  # as kombu's own
        """Which queues an exchange serves."""
        file = self._table(exchange)
        try:
            return [Binding(*row) for row in json.loads(file.read_bytes())]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError) as error:
            # Every process that starts binds its queues anew.
            logger.warning("bindings_unreadable", file=str(file), error=repr(error))
            return []

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        binding = Binding(routing_key or "", pattern or "", queue or "")
        with self._changing(exchange) as table:
            if binding not in table:
                table.insert(0, binding)

    def _delete(self, queue: str, *args: Any, **_: Any) -> None:
        self._purge(queue)
        exchange, routing_key, pattern = args[:3]
        binding = Binding(routing_key or "", pattern or "", queue or "")
        with self._changing(exchange) as table:
            if binding in table:
                table.remove(binding)

    @contextmanager
    def _changing(self, exchange: str) -> Iterator[list[Binding]]:
        """The bindings of an exchange, changed by one process at a time."""
        with (self.control_folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            table = self.get_table(exchange)
            yield table
            write_whole(self._table(exchange), json.dumps(table))

    def _table(self, exchange: str) -> Path:
        file: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]  # not in its stubs
        return file


class Transport(filesystem.Transport):
    """What the setting `CELERY_BROKER_TRANSPORT` names."""

    Channel = Channel
