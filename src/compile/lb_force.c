/* Logical_Router.options:lb_force_snat_ip. */

#include "lb.h"

static bool
parse_ip(const char *text, struct lb_force *force)
{
    struct in6_addr ip6;
    ovs_be32 ip4;

    if (ip_parse(text, &ip4)) {
        in6_addr_set_mapped_ipv4(&force->ip4, ip4);
        return true;
    } else if (ipv6_parse(text, &ip6)) {
        force->ip6 = ip6;
        return true;
    }
    return false;
}

bool
lb_force_parse(const struct nbrec_logical_router *lr, struct lb_force *force,
               bool *bad)
{
    const char *value = smap_get(&lr->options, "lb_force_snat_ip");
    char *copy, *save = NULL;
    bool any = false;

    *force = (struct lb_force) { .router_ip = false };
    *bad = false;
    if (!value || !value[0]) {
        return false;
    } else if (!strcmp(value, "router_ip")) {
        force->router_ip = true;
        return true;
    }
    copy = xstrdup(value);
    for (char *item = strtok_r(copy, " ", &save); item;
         item = strtok_r(NULL, " ", &save)) {
        if (parse_ip(item, force)) {
            any = true;
        } else {
            *bad = true;
        }
    }
    free(copy);
    return any && !*bad;
}
