"""Follows the log of a function."""
import json
import socket
import threading

from support.http1 import Broken, request
from support.waiting import eventually


class Follower:
    """Reads server-sent events."""

    def __init__(self, server, name, query="", headers=()):
        self.connection = server.connect(30)
        lines = [f"authorization: Bearer {server.token}", "accept: text/event-stream", *headers]
        self.connection.send(request("GET", f"/v1/functions/{name}/logs{query}", "api.localhost", lines))
        self.head = self.connection.read_head()
        assert self.head.status == 200 and self.head.header("content-type").startswith("text/event-stream"), self.head
        self.events, self.text, self.ended = [], b"", False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            while size := int(self.connection.take_line(), 16):
                self.text += self.connection.take(size)
                self.connection.take(2)
                *whole, self.text = self.text.split(b"\n\n")
                for block in whole:
                    event = {}
                    for line in block.decode().split("\n"):
                        key, _, value = line.partition(":")
                        event[key] = event.get(key, "") + value.removeprefix(" ")
                    if "data" in event:
                        self.events.append((event.get("id"), json.loads(event["data"])))
        except (Broken, OSError, ValueError):
            pass
        self.ended = True

    def until(self, condition, seconds=5, what="the event"):
        return eventually(lambda: next((pair for pair in list(self.events) if condition(pair[1])), None), seconds, what)

    def close(self):
        self.connection.socket.shutdown(socket.SHUT_RDWR)       # without this, close() would wait for the thread that reads
        self.thread.join()
        self.connection.close()
