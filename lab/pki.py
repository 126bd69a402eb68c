"""A certificate authority of the lab's own, made with openssl.

Elliptic-curve keys: an RSA key takes seconds on a small machine.
"""

import os

from .process import run


class Authority:
    """A CA in a directory; certificate(name) makes NAME.key and NAME.crt."""

    def __init__(self, directory):
        self.directory = directory
        self.ca = os.path.join(directory, "ca.crt")
        os.mkdir(directory, 0o700)
        run(["openssl", "req", "-x509", *self._new_key("ca"), "-days", "30",
             "-subj", "/O=rouse lab/CN=rouse lab CA", "-out", self.ca])

    def _new_key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", self.path(f"{name}.key")]

    def path(self, file):
        return os.path.join(self.directory, file)

    def certificate(self, name):
        """Options -p -c -C for a program that is to be known as name. OVN's
        RBAC takes the common name for the chassis' system-id."""
        key, cert = self.path(f"{name}.key"), self.path(f"{name}.crt")
        if not os.path.exists(cert):
            request = run(["openssl", "req", "-new", *self._new_key(name),
                           "-subj", f"/O=rouse lab/CN={name}"])
            run(["openssl", "x509", "-req", "-days", "30", "-CA", self.ca,
                 "-CAkey", self.path("ca.key"), "-CAcreateserial",
                 "-out", cert], stdin=request)
        return ["-p", key, "-c", cert, "-C", self.ca]
