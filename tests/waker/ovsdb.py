"""A small OVSDB client (RFC 7047): transactions, and a replica to wait on."""

import json
import socket
import threading
import time

DEADLINE_S = 30


def uuid_of(value):
    return value[1] if isinstance(value, list) and value[0] == "uuid" else None


def to_map(value):
    return dict(value[1]) if isinstance(value, list) and value[0] == "map" \
        else value


def from_map(mapping):
    return ["map", [[k, v] for k, v in mapping.items()]]


class Client:
    """One connection; calls are answered in order, by one reader thread."""

    def __init__(self, path, database):
        self.database = database
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(path))
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.answers = {}
        self.rows = {}          # table -> uuid -> columns
        self.log = []           # (monotonic time, table, uuid, new row)
        self.last_id = 0
        self.monitor_id = None
        self.closed = False
        threading.Thread(target=self._read, daemon=True).start()

    def close(self):
        self.closed = True
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def _read(self):
        decoder = json.JSONDecoder()
        text = ""
        while True:
            try:
                data = self.sock.recv(1 << 20)
            except OSError:
                data = b""
            if not data:
                with self.lock:
                    self.closed = True
                    self.changed.notify_all()
                return
            text += data.decode()
            while text:
                try:
                    message, end = decoder.raw_decode(text)
                except ValueError:
                    break
                text = text[end:].lstrip()
                self._handle(message)

    def _handle(self, message):
        now = time.monotonic()
        with self.lock:
            if message.get("method") == "update":
                self._update(message["params"][1], now)
            elif message.get("method") == "echo":
                self._send({"id": message["id"], "error": None,
                            "result": message["params"]})
            else:
                if message["id"] == self.monitor_id:
                    # Here, so that no update is overtaken by it.
                    self._update(message["result"], now)
                self.answers[message["id"]] = message
            self.changed.notify_all()

    def _update(self, tables, now):
        for table, rows in tables.items():
            for uuid, change in rows.items():
                new = change.get("new")
                if new is None:
                    self.rows[table].pop(uuid, None)
                else:
                    new = {c: to_map(v) for c, v in new.items()}
                    self.rows[table][uuid] = new
                self.log.append((now, table, uuid, new))

    def _send(self, message):
        self.sock.sendall(json.dumps(message).encode())

    def call(self, method, params):
        with self.lock:
            self.last_id += 1
            call_id = self.last_id
            self._send({"id": call_id, "method": method, "params": params})
            while call_id not in self.answers:
                assert not self.closed, "connection lost"
                assert self.changed.wait(DEADLINE_S), f"no answer to {method}"
            answer = self.answers.pop(call_id)
        assert not answer.get("error"), answer
        return answer["result"]

    def monitor(self, tables):
        """{"Table": ["column", ...]}: fills self.rows and keeps it true."""
        with self.lock:
            for table in tables:
                self.rows[table] = {}
            self.monitor_id = self.last_id + 1
        self.call("monitor", [
            self.database, None,
            {t: {"columns": c} for t, c in tables.items()}])

    def transact(self, *operations):
        result = self.call("transact", [self.database, *operations])
        for item in result:
            assert not (item and item.get("error")), item
        return result

    def wait(self, condition, what="", timeout_s=DEADLINE_S):
        """Until condition(rows) is true; returns its value."""
        deadline = time.monotonic() + timeout_s
        with self.lock:
            while True:
                value = condition(self.rows)
                if value:
                    return value
                left = deadline - time.monotonic()
                assert left > 0, f"waited in vain: {what}"
                assert not self.closed, "connection lost"
                self.changed.wait(left)

    def snapshot(self, table):
        with self.lock:
            return {uuid: dict(row) for uuid, row in self.rows[table].items()}
