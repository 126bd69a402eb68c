"""Services that go to sleep by themselves, by what chassis report.  These are
played: each looks when it is asked to, and every now and then.

Most of it is waiting for seconds, the shortest that policies know.  So the
scenarios play side by side, each in a world of its own, and each has a test
that tells how it ended."""

import concurrent.futures
import contextlib
import datetime
import json
import threading
import time

import pytest

from ovsdb import from_map, to_map
from world import fresh_world, insert_chassis, wait_for

PERIOD_MS = 200
SIDE_BY_SIDE = 6


class Chassis:
    """A chassis with `rouse hold`, which says what its attributes say:
    connections and packets of services, by UUID."""

    def __init__(self, world, name):
        self.world = world
        self.name = name
        self.connections = {}
        self.silent = False          # Says nothing any more.
        self.looks = 0               # As of the last look.
        self.at_look = {}            # What is found when asked to look.
        self.last = {}
        self.replayed = {}           # What is said of held packets.
        self.since = self.now()
        self.client = world.sb_server.client()
        self.client.monitor({"SB_Global": ["external_ids"]})
        insert_chassis(world, name)
        self.ended = False
        self.thread = threading.Thread(target=self._play, daemon=True)
        self.thread.start()

    @staticmethod
    def now():
        return int(time.time() * 1000)

    def asked(self):
        with self.client.lock:
            rows = list(self.client.rows["SB_Global"].values())
        return int(to_map(rows[0]["external_ids"]).get("rouse-look", "0")) \
            if rows else 0

    def packet(self, service):
        self.last[service] = self.now()

    def _report(self, look):
        if look > self.looks:
            self.connections.update(self.at_look)
        self.looks = look
        ids = {"rouse-activity": f"at={self.now()} since={self.since} "
                                 f"period={PERIOD_MS} look={look}"}
        for service in {*self.connections, *self.last}:
            count = self.connections.get(service, 0)
            if count:
                self.packet(service)
            ids[f"rouse-activity:{service}"] = (
                f"connections={count} last={self.last.get(service, 0)} "
                "packets=0 bytes=0")
        for service, text in self.replayed.items():
            ids[f"rouse-replayed:{service}"] = text
        self.client.transact({
            "op": "update", "table": "Chassis_Private",
            "where": [["name", "==", self.name]],
            "row": {"external_ids": from_map(ids)}})

    def _play(self):
        reported = 0
        with contextlib.suppress(AssertionError, OSError):
            while not self.ended:
                look = self.asked()
                if not self.silent and (look > self.looks or time.monotonic()
                                        > reported + PERIOD_MS / 1000):
                    reported = time.monotonic()
                    self._report(look)
                time.sleep(0.02)

    def close(self):
        self.ended = True
        self.thread.join(5)
        self.client.close()


@contextlib.contextmanager
def chassis(world, *names):
    world.sb.transact({"op": "insert", "table": "SB_Global", "row": {}})
    players = [Chassis(world, name) for name in names]
    try:
        yield players if len(players) > 1 else players[0]
    finally:
        for player in players:
            player.close()


def add(world, name="web", **ids):
    return world.add_service(name, awake=True, drain="0",
                             **{"idle_after": "1", **ids})


def stays_awake(world, service, seconds=2.2):
    """For longer than it would take."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert world.ids(service).get("rouse-state") in (None, "awake")
        time.sleep(0.05)


def play_silence_puts_to_sleep_and_a_packet_wakes(world):
    with chassis(world, "ch1", "ch2"):
        web = add(world)
        world.waker().wait_active()
        world.wait_state(web, "asleep")
        assert not world.is_up("web")
        assert set(world.lb(web)["vips"].values()) == {""}
        world.event(web)
        world.wait_state(web, "awake")
        wake = world.ids(web)["rouse-last-wake"].split()
        datetime.datetime.fromisoformat(wake[0])
        stages = dict(word.split("=") for word in wake[1:])
        assert {"start", "ready", "total", "tries"} <= set(stages)
        world.wait_state(web, "asleep")
        assert [call for call in world.calls("web") if call != "ready"] \
            == ["stop", "start", "stop"]


def last_wake(world, service):
    """rouse-last-wake's numbers."""
    return {name: int(number) for name, number in (
        word.split("=") for word in
        world.ids(service)["rouse-last-wake"].split()[1:])}


def play_the_last_wake_has_all_stages(world):
    """Those that only the chassis know, too, and of several chassis the one
    that was served last."""
    with chassis(world, "ch1", "ch2") as (one, two):
        web = world.add_service("web")
        world.waker().wait_active()
        arrived = Chassis.now() - 700
        world.event(web, **{"rouse-admitted": "10.0.0.1",
                            "rouse-arrived": str(arrived)})
        world.wait_state(web, "awake")
        known = last_wake(world, web)
        # Both ends are what one clock said, this machine's, in between.
        assert 700 <= known["event"] <= Chassis.now() - arrived, known
        assert "replay" not in known
        own = known["total"] - known["event"]
        assert own >= known["start"] + known["ready"]

        restored = known["total"]
        two.replayed[web] = f"arrived={arrived} held={restored + 40} packets=1"
        wait_for(lambda: last_wake(world, web).get("replay") == 40,
                 "one chassis' replay")
        one.replayed[web] = f"arrived={arrived} held={restored + 90} packets=2"
        wait_for(lambda: last_wake(world, web)["replay"] == 90,
                 "the later one's")
        known = last_wake(world, web)
        assert known["total"] == known["event"] + own + known["replay"]


def play_reports_of_another_wake_do_not_count(world):
    with chassis(world, "ch1") as player:
        web = world.add_service("web")
        world.waker().wait_active()
        long_ago = Chassis.now() - 60000
        player.replayed[web] = f"arrived={long_ago} held=900 packets=1"
        wait_for(lambda: "rouse-replayed" in str(world.sb.transact({
            "op": "select", "table": "Chassis_Private", "where": []})),
            "its report")
        world.event(web, **{"rouse-admitted": "10.0.0.1",
                            "rouse-arrived": "nonsense"})
        world.wait_state(web, "awake")
        player.replayed[web] = "arrived=1 held=x packets=1"
        stays_awake(world, web, 1.5)
        assert not {"event", "replay"} & set(last_wake(world, web))


def play_connections_and_packets_keep_awake(world):
    with chassis(world, "ch1", "ch2") as (one, two):
        web = add(world)
        one.connections[web] = 1
        world.waker().wait_active()
        stays_awake(world, web)
        one.connections[web] = 0
        for _ in range(4):
            two.packet(web)
            stays_awake(world, web, 0.5)
        world.wait_state(web, "asleep")


def play_who_does_not_report_keeps_all_awake(world):
    with chassis(world, "ch1", "ch2") as (_, two):
        insert_chassis(world, "ch3")     # Without `rouse hold`.
        web = add(world)
        world.waker().wait_active()
        stays_awake(world, web)
        world.sb.transact({"op": "delete", "table": "Chassis",
                           "where": [["name", "==", "ch3"]]})
        world.wait_state(web, "asleep")
        # One that was there, and has died.
        world.event(web)
        world.wait_state(web, "awake")
        two.silent = True
        stays_awake(world, web)
        world.sb.transact({"op": "delete", "table": "Chassis",
                           "where": [["name", "==", "ch2"]]})
        world.wait_state(web, "asleep")


def play_a_connection_of_the_last_moment_turns_it_round(world):
    """Nobody has reported it before the VIP was empty."""
    with chassis(world, "ch1") as player:
        web = add(world, idle_backoff="1")
        waker = world.waker().wait_active()
        wait_for(lambda: player.looks >= 1, "the first look")
        player.at_look = {web: 1}
        world.wait_state(web, "idling")
        world.wait_state(web, "awake")
        assert world.lb(web)["vips"] != {} and \
            "" not in world.lb(web)["vips"].values()
        assert not {"start", "stop"} & set(world.calls("web"))
        assert waker.status()["turned_round"] == 1
        player.at_look = {web: 0}
        player.connections[web] = 0
        world.wait_state(web, "asleep")


def play_the_stop_waits_for_the_last_look(world):
    with chassis(world, "ch1", "ch2") as (_, two):
        web = add(world)
        waker = world.waker().wait_active()
        world.wait_state(web, "idling")
        two.silent = True
        wait_for(lambda: any(job["step"] == "drain"
                             for job in waker.status()["jobs"]), "drain")
        time.sleep(2)
        assert world.is_up("web"), "nobody knew whether it had clients"
        waker.wait_rest(1, 59)
        two.silent = False
        world.wait_state(web, "asleep")


def play_another_waker_goes_on(world):
    """It knows no more than the rows, and looks again before the stop."""
    with chassis(world, "ch1") as player:
        web = add(world)
        waker = world.waker().wait_active()
        player.silent = False
        world.wait_state(web, "idling")
        player.silent = True
        waker.kill()
        player.connections[web] = 1
        world.waker("w1").wait_active()
        player.silent = False
        world.wait_state(web, "awake")
        assert world.calls("web").count("stop") == 0
        player.connections[web] = 0
        world.wait_state(web, "asleep")


def play_request_does_not_wait_for_connections(world):
    """Who asks for it gets it."""
    with chassis(world, "ch1") as player:
        web = add(world)
        player.connections[web] = 1
        world.waker().wait_active()
        stays_awake(world, web, 1)
        world.set_ids(web, request="idle")
        world.wait_state(web, "asleep")


def play_veto_and_schedule(world):
    with chassis(world, "ch1"):
        web = add(world, stay_awake="always")
        office = add(world, "office", schedule="awake daily")
        world.waker().wait_active()
        stays_awake(world, web)
        stays_awake(world, office, 0.5)
        until = datetime.datetime.now(datetime.timezone.utc) \
            + datetime.timedelta(seconds=2)
        until = until.replace(microsecond=until.microsecond // 1000 * 1000)
        world.set_ids(web, stay_awake=until.isoformat(
            timespec="milliseconds").replace("+00:00", "Z"))
        world.wait_state(web, "asleep")
        assert datetime.datetime.now(datetime.timezone.utc) >= until
        world.set_ids(office, schedule="sleep daily")
        world.wait_state(office, "asleep")
        # The hours begin in which it must be awake.
        world.set_ids(office, schedule="awake daily")
        world.wait_state(office, "awake")


def play_what_is_needed_stays_awake(world):
    with chassis(world, "ch1") as player:
        db = add(world, "db")
        web = add(world, "web", needs="db")
        player.connections[web] = 1
        world.waker().wait_active()
        stays_awake(world, db)
        player.connections[web] = 0
        world.wait_state(web, "asleep")
        world.wait_state(db, "asleep")


def play_back_off(world):
    """Sleep that was too short doubles the time that it takes."""
    with chassis(world, "ch1"):
        web = add(world, idle_after="2")
        world.waker().wait_active()
        world.wait_state(web, "asleep")
        world.event(web)
        world.wait_state(web, "awake")
        assert world.ids(web)["rouse-idle-flaps"] == "1"
        stays_awake(world, web, 3.5)
        world.wait_state(web, "asleep")
        time.sleep(2.5)
        world.event(web)
        world.wait_state(web, "awake")
        assert "rouse-idle-flaps" not in world.ids(web)


def play_dry_run(world):
    with chassis(world, "ch1") as player:
        web = add(world, idle_dry_run="true")
        waker = world.waker().wait_active()
        wait_for(lambda: "web: would go to sleep now" in waker.text(),
                 "dry sleep")
        wait_for(lambda: world.ids(web).get("rouse-idle-dry-saved", "")
                 .startswith("sleeps=0 seconds=0 since="), "its row")
        stays_awake(world, web, 1)
        player.connections[web] = 1
        wait_for(lambda: "web: would wake now" in waker.text(), "dry wake")
        wait_for(lambda: world.ids(web)["rouse-idle-dry-saved"]
                 .startswith("sleeps=1 seconds="), "its row")
        saved = world.ids(web)["rouse-idle-dry-saved"].split()
        assert len(saved) == 2 and saved[1] != "seconds=0", saved
        # Another waker goes on counting.
        waker.kill()
        world.waker("w1").wait_active()
        player.connections[web] = 0
        wait_for(lambda: world.ids(web)["rouse-idle-dry-saved"]
                 .startswith(f"{saved[0]} {saved[1]} since="), "sleep again")
        assert world.calls("web") == []
        world.set_ids(web, idle_dry_run=None)
        world.wait_state(web, "asleep")


def play_a_policy_that_is_wrong_keeps_awake(world):
    with chassis(world, "ch1"):
        web = add(world, schedule="some day")
        waker = world.waker().wait_active()
        stays_awake(world, web)
        assert "external_ids:rouse-schedule" in waker.text()
        world.set_ids(web, schedule=None)
        world.wait_state(web, "asleep")


def play_policies_are_published_and_withdrawn(world):
    with chassis(world, "ch1") as player:
        web = add(world, idle_after="3600", ignore_from="10.0.0.0/8")
        plain = world.add_service("plain", awake=True)
        world.waker().wait_active()

        def published():
            with player.client.lock:
                row, = player.client.rows["SB_Global"].values()
            return {key.removeprefix("rouse-service:"): json.loads(value)
                    for key, value in to_map(row["external_ids"]).items()
                    if key.startswith("rouse-service:")}

        wait_for(published, "a policy")
        assert published() == {web: {
            "protocol": "tcp", "vips": next(iter(world.lb(web)["vips"])),
            "rouse-idle-after": "3600", "rouse-ignore-from": "10.0.0.0/8"}}
        world.set_ids(plain, idle_after="60")
        wait_for(lambda: plain in published(), "another")
        world.set_ids(web, idle_after=None, ignore_from=None)
        wait_for(lambda: web not in published(), "one gone")
        world.nb.transact({"op": "delete", "table": "Load_Balancer",
                           "where": [["name", "==", "plain"]]})
        wait_for(lambda: not published(), "all gone")


PLAYS = {name.removeprefix("play_"): value
         for name, value in list(globals().items())
         if name.startswith("play_")}


def play(name):
    """What its wakers logged, and what went wrong, if anything did."""
    logs = []
    try:
        with fresh_world(logs.append) as world:
            PLAYS[name](world)
    except BaseException as error:      # The test raises it, with the logs.
        return logs, error
    return logs, None


@pytest.fixture(scope="module")
def played(request):
    """Those whose tests were asked for."""
    wanted = [item.callspec.params["name"] for item in request.session.items
              if item.module is request.module]
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {name: pool.submit(play, name) for name in wanted}


@pytest.mark.parametrize("name", PLAYS)
def test_idle(played, name):
    logs, error = played[name].result()
    print("".join(logs))
    if error:
        raise error
