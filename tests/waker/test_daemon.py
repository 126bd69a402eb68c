"""The process itself: how it starts, what it says, how it ends."""

import os
import signal
import subprocess

from world import ROUSE, wait_for


def run(*args, **env):
    return subprocess.run([ROUSE, "waker", *args], capture_output=True,
                          text=True, timeout=20, check=False,
                          env=dict(os.environ, **env))


def test_help_and_wrong_usage():
    done = run("--help")
    assert done.returncode == 0
    for option in ("--ovnnb-db", "--ovnsb-db", "--exec-dir", "--max-wakes",
                   "--private-key", "--unixctl", "--pidfile"):
        assert option in done.stdout, option
    for args in (["--max-wakes=0"], ["--max-wakes=many"], ["what"],
                 ["--nonsense"]):
        done = run(*args, ROUSE_RUNDIR="/nonexistent/dir")
        assert done.returncode != 0 and done.stderr, args


def test_sigterm_leaves_nothing_behind(world):
    pidfile = world.directory / "w.pid"
    waker = world.waker("w0", f"--pidfile={pidfile}").wait_active()
    assert pidfile.read_text().strip() == str(waker.process.pid)
    waker.process.send_signal(signal.SIGTERM)
    waker.process.wait(10)
    assert not pidfile.exists() and not waker.control.exists()


def test_detaches_and_logs_to_a_file(world):
    pidfile, log = world.directory / "d.pid", world.directory / "d.log"
    control = world.directory / "d.ctl"
    done = run(f"--ovnnb-db={world.nb_server.remote}",
               f"--ovnsb-db={world.sb_server.remote}", "--detach",
               f"--pidfile={pidfile}", f"--log-file={log}",
               f"--unixctl={control}", f"--exec-dir={world.programs}",
               "--no-chdir", "-vconsole:off", "-vsyslog:off",
               ROUSE_RUNDIR=str(world.directory))
    assert done.returncode == 0, done.stderr
    pid = int(pidfile.read_text())
    try:
        web = world.add_service("web", "nothing")
        world.event(web)
        world.wait_state(web, "awake")
        wait_for(lambda: "web: awake after" in log.read_text(),
                 "the wake in the log")
    finally:
        subprocess.run(["ovs-appctl", "-t", control, "exit"], check=True)
    wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "its end")
    assert not pidfile.exists() and not control.exists()


def test_starts_before_the_databases(world):
    world.nb_server.kill()
    world.sb_server.kill()
    waker = world.waker()
    wait_for(waker.status, "its control socket")
    assert not waker.is_active()
    assert not waker.status()["northbound"]["connected"]
    world.nb_server.start()
    world.sb_server.start()
    world.connect()
    waker.wait_active()
    web = world.add_service("web")
    world.event(web)
    world.wait_state(web, "awake")
