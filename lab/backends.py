"""How a waker under test starts the lab's servers: a program for the `exec`
driver that talks to the pods' agents.

    rouse-target = backend PODS PROTO PORT [DELAY_MS]

PODS is one pod or several with commas between; DELAY_MS is how long each
takes from the start command until it listens. The program is a shell script,
or one that does the same and takes less time than a shell to start.
"""

import os
import shutil

PROGRAM = "backend"

_SCRIPT = r"""#!/bin/sh
# start|ready|stop PODS PROTO PORT [DELAY_MS]: the lab's servers.
what="\"proto\": \"$3\", \"port\": $4"
IFS=,
for pod in $2; do
    pod=@LAB@/$pod
    case $1 in
    start) echo "{\"op\": \"listen\", $what, \"delay_ms\": ${5:-0}}" \
               >"$pod/agent.fifo" ;;
    ready) @READY@ || exit 1 ;;
    stop) echo "{\"op\": \"close\", $what}" >"$pod/agent.fifo" ;;
    esac
done
"""

# Waits in open() until the server listens; or looks once, and then the waker
# asks again.
_WAIT = '{ true <"$pod/gate-$3-$4"; } 2>/dev/null'
_LOOK = 'test -e "$pod/listening-$3-$4"'


def install(lab, wait=True):
    """Write the program; the directory for `rouse waker --exec-dir`. With
    wait=False its `ready` does not wait for the server but looks."""
    directory = lab.directory("exec.d")
    program(directory, PROGRAM,
            _SCRIPT.replace("@LAB@", lab.run_directory)
            .replace("@READY@", _WAIT if wait else _LOOK))
    return directory


def install_program(lab, path, wait=True):
    """The same with the program at path, which is bench/wake_driver.c."""
    directory = install(lab, wait)
    installed = os.path.join(directory, PROGRAM)
    # Not written into a file that may be running.
    shutil.copy(path, f"{installed}.new")
    os.rename(f"{installed}.new", installed)
    if not wait:
        program(directory, "look", "")
    return directory


def program(directory, name, text):
    """Write an executable file."""
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)


def target(pods, port=80, proto="http", delay_ms=0):
    """The value of rouse-target for a server on pods (names)."""
    return f"{PROGRAM} {','.join(pods)} {proto} {port} {delay_ms}"
