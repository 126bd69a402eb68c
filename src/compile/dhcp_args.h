/* Arguments of put_dhcp_opts() and put_dhcpv6_opts(). */

#ifndef COMPILE_DHCP_ARGS_H
#define COMPILE_DHCP_ARGS_H 1

#include "feature.h"

/* Where the options come from and who is told of bad ones. */
struct dhcp_args {
    struct cctx *ctx;
    const char *port;    /* Name of the port, for reports. */
    const char *column;  /* Its column that refers to the options. */
    bool v6;
};

/* "NAME = VALUE, NAME = VALUE" of all options that there are, in the order of
 * their names; the caller's.  Values are parts of actions, and those that are
 * more than one value are left out and reported. */
char *dhcp_args_format(const struct dhcp_args *, const struct smap *options);

#endif /* compile/dhcp_args.h */
