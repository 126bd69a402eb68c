#!/bin/sh
# build.sh TARBALL ROOT OUTDIR CC CFLAGS build|reuse
#
# Builds libopenvswitch.a out of Debian's openvswitch-source.  ROOT/src is the
# unpacked source, ROOT/build the out-of-tree build; OUTDIR gets what meson
# knows of.  ROOT/.done is written last and holds a digest of everything that
# went in, so an interrupted build starts over and a finished one costs
# nothing.
set -eu
tarball=$1 root=$2 out=$3 cc=$4 cflags=$5 mode=$6

# A packet that finds a connection's entry of NAT, and behind it no connection
# but such an entry again (the connection's time is up, or it has gone), fails
# an assertion in Debian's Open vSwitch 3.1.0: whoever can send packets could
# end the process.  It is as invalid as one that finds nothing there.
mend_conntrack() { # CONNTRACK.C
    found='if (!conn) {'
    meant='if (!conn || conn->conn_type == CT_CONN_TYPE_UN_NAT) {'
    sed -i "/rev_conn = conn;/,/Missing parent conn/s/$found/$meant/" "$1"
    [ "$(grep -cF "$meant" "$1")" = 1 ] || {
        echo "$1: not the source that is known; see mend_conntrack in $0" >&2
        exit 1
    }
}

[ -f "$tarball" ] || {
    echo "$tarball: not found; install Debian's openvswitch-source" >&2
    exit 1
}
digest=$(printf '%s\n' "$(sha256sum < "$tarball")" \
    "$("$cc" --version | head -1)" "$cflags" "$(sha256sum < "$0")" | sha256sum)
if [ "$mode" = reuse ]; then
    [ -f "$root/.done" ] || {
        echo "$root: no finished Open vSwitch build there" >&2
        exit 1
    }
    digest=$(cat "$root/.done")
elif [ ! -f "$root/.done" ] || [ "$(cat "$root/.done")" != "$digest" ]; then
    rm -rf "$root"
    mkdir -p "$root/src" "$root/build"
    tar -C "$root/src" --strip-components=1 -xzf "$tarball"
    mend_conntrack "$root/src/lib/conntrack.c"
    log=$root/build.log
    # The environment of meson and ninja must not leak into autotools.
    unset MAKEFLAGS MAKELEVEL CFLAGS LDFLAGS CPPFLAGS || true
    sanitize=$(echo "$cflags" | grep -o -- '-fsanitize=[^ ]*' || true)
    echo "building the Open vSwitch library (a minute or two; log: $log)"
    (
        cd "$root/build"
        # Whatever configure would find by itself is switched off, so that
        # the result does not depend on what else is installed.
        ../src/configure CC="$cc" CFLAGS="$cflags" LDFLAGS="$sanitize" \
            --disable-shared --enable-static --disable-dependency-tracking \
            --enable-silent-rules --enable-ssl --disable-libcapng \
            --disable-afxdp --prefix=/usr --localstatedir=/var \
            --sysconfdir=/etc ovs_cv__mavx512f=no \
            ac_cv_lib_unbound_ub_ctx_create=no
        # Naming a target skips BUILT_SOURCES: make the generated ones first.
        make -s -j"$(nproc)" include/odp-netlink.h \
            include/odp-netlink-macros.h lib/vswitch-idl.h \
            lib/ovsdb-server-idl.h
        make -s -j"$(nproc)" lib/libopenvswitch.la
    ) > "$log" 2>&1 || { tail -40 "$log" >&2; exit 1; }
    printf '%s\n' "$digest" > "$root/.done"
fi
# A copy, not a link: ninja compares mtimes, and a shared inode would make
# another build directory look out of date.
cp -f "$root/build/lib/.libs/libopenvswitch.a" "$out/"
printf '/* Generated for %s. */\n#include <config.h>\n' "${digest%% *}" \
    > "$out/ovs-prelude.h"
