"""Private OVSDB servers, and enough of RFC 7047 to change and watch rows."""

import contextlib
import json
import os
import signal
import socket
import subprocess

from lab import stock
from lab.process import listening, wait_for


class Server:
    """ovsdb-server with one database; `with Server(...) as server:`."""

    def __init__(self, directory, name, file=None):
        self.file = file or os.path.join(directory, f"{name}.db")
        self.socket = os.path.join(directory, f"{name}.sock")
        self.control = os.path.join(directory, f"{name}.ctl")
        self.schema = f"{stock.STOCK}/usr/share/ovn/ovn-{name}.ovsschema"
        self._process = None

    def __enter__(self):
        if not os.path.exists(self.file):
            subprocess.run(["ovsdb-tool", "create", self.file, self.schema],
                           check=True)
        self._process = subprocess.Popen(
            ["ovsdb-server", self.file, f"--remote=punix:{self.socket}",
             f"--unixctl={self.control}", "-vconsole:off", "-vsyslog:off",
             "--disable-file-column-diff"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.socket)
                 and listening(self.socket), 120, self.socket)
        return self

    def __exit__(self, *_):
        end(self._process)
        for path in (self.socket, self.control):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    @property
    def remote(self):
        return f"unix:{self.socket}"

    def cpu_s(self):
        return cpu_s(self._process.pid)


def cpu_s(pid):
    """Seconds of processor time that the process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def end(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Client:
    """One connection to a server's database."""

    def __init__(self, server, database):
        self._database = database
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(1800)
        self._socket.connect(server.socket)
        self._buffer = ""
        self._updates = []

    def close(self):
        self._socket.close()

    def transact(self, *operations):
        result = self._call("transact", [self._database, *operations])
        for item in result:
            if item and "error" in item:
                raise RuntimeError(f"{item['error']}: {item.get('details')}")
        return result

    def monitor(self, table, columns):
        """The rows as they are; changes come to update()."""
        return self._call("monitor", [self._database, None,
                                      {table: {"columns": columns}}])

    def update(self):
        """Waits for the next change of what is monitored."""
        while not self._updates:
            self._take(self._receive())
        return self._updates.pop(0)

    def _call(self, method, params):
        self._send({"method": method, "params": params, "id": 1})
        while True:
            message = self._receive()
            if message.get("id") == 1 and "method" not in message:
                if message["error"]:
                    raise RuntimeError(str(message["error"]))
                return message["result"]
            self._take(message)

    def _take(self, message):
        if message.get("method") == "echo":
            self._send({"result": message["params"], "error": None,
                        "id": message["id"]})
        elif message.get("method") == "update":
            self._updates.append(message["params"][1])

    def _send(self, message):
        self._socket.sendall(json.dumps(message).encode())

    def _receive(self):
        while True:
            try:
                message, end_of_it = json.JSONDecoder().raw_decode(
                    self._buffer)
            except ValueError:
                data = self._socket.recv(1 << 20)
                if not data:
                    raise RuntimeError("the database server is gone") \
                        from None
                self._buffer += data.decode()
            else:
                self._buffer = self._buffer[end_of_it:].lstrip()
                return message
