"""Many clients of one service; many services at once."""

from scene import scaled


def test_many_clients(scene):
    """Clients, all within 100 ms, at one sleeping VIP: all answered, and the
    backend started once."""
    service = scene.add_service(delay_ms=200)
    count = scaled(500, 50)
    answers = service.exchanges_later(count, within_ms=100).result()
    assert [answer for answer in answers if not answer.ok] == []
    assert service.calls == ["start"]
    assert service.server["served"] == count
    scene.settle()
    assert scene.waker["services"]["waking"] == 0


def test_many_clients_on_all_sides(scene):
    """The same from both chassis and from outside, with one datagram each,
    which nobody sends again."""
    service = scene.add_service("udp", delay_ms=200)
    count = scaled(100, 20)
    later = [service.exchanges_later(count, 100, scene.host(name))
             for name in ("client", "client2", "external")]
    answers = sum((each.result() for each in later), [])
    assert [answer for answer in answers if not answer.ok] == []
    assert service.calls == ["start"]
    assert service.server["served"] == 3 * count


def test_many_services(scene):
    """Sleeping VIPs, hit within a second: all woken, none forgotten, although
    ovn-controller drops event rows."""
    services = [scene.new_service("udp", backend=f"backend{index % 2 + 1}")
                for index in range(scaled(1000, 100))]
    scene.add(*services, on=["sw0"], on_router=None, wake_timeout=300)
    answers = scene.client.exchange_all(
        [(service.address, service.port) for service in services], "udp",
        timeout=240.0, within_ms=1000)
    lost = [service.name for service, answer in zip(services, answers)
            if not answer.ok]
    assert lost == []
    scene.settle()
    status = scene.waker["services"]
    assert status["awake"] == len(services), status
    names = {service.name for service in services}
    starts = [name for call, name in scene.calls
              if call == "start" and name in names]
    assert sorted(starts) == sorted(names)
