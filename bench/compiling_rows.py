"""What the load balancers of bench/compile say."""

import uuid


def balancer(number):
    """Its row's UUID: who changes a row knows it, as ovn-nbctl does once it
    has found the name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"rouse:lb{number}"))


def vip(number):
    return (f"172.{16 + number // 65536}.{number // 256 % 256}."
            f"{number % 256}:80")


def backends(number, third=1):
    return ",".join(f"10.{net}.{number // 250 % 250}."
                    f"{number % 250 + third}:8080" for net in (1, 2))
