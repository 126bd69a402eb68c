/* Multicast groups that hosts have joined: who gets their packets.  Stages
 * ls_in_l2_lkup, lr_in_ip_routing; rows Multicast_Group.
 *
 * Sources: ovn-northd(8); IGMP_Group in ovn-sb(5). */

#include "mgroup.h"
#include "rflow.h"

/* 224.0.0.0/24, which is for all of the network, whoever has joined. */
static bool
is_local4(const struct caddr *ip)
{
    return ip->is_ipv4
           && (ntohl(in6_addr_get_mapped_ipv4(&ip->ip)) & 0xffffff00)
              == 0xe0000000;
}

/* --- Switches --- */

static void
emit_lookup(struct cctx *ctx, const struct uuid *ls, const struct caddr *ip,
            const struct vmulticast *m)
{
    struct ds actions = DS_EMPTY_INITIALIZER;
    struct cflow flow = {
        .dp = ls, .stage = LS_IN_L2_LKUP, .priority = 90,
    };

    if (m->relays) {
        ds_put_cstr(&actions, "clone { outport = \"_MC_mrouter_flood\"; "
                              "output; };");
    }
    if (m->is_static.n) {
        ds_put_cstr(&actions, "clone { outport =\"_MC_static\"; output; };");
    }
    ds_put_format(&actions, "outport = \"%s\"; output; ", ip->s);
    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("eth.mcast && %s && %s.dst == %s ",
                                rflow_ip(ip->is_ipv4), rflow_ip(ip->is_ipv4),
                                ip->s),
                      ds_steal_cstr(&actions));
}

static void
compile_switch(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch *ls = row;
    const struct uuid *key = &ls->header_.uuid;
    struct mgroups groups = mgroups_get(ctx, key);
    const struct vmulticast *m = groups.n ? view_multicast(ctx, key) : NULL;

    for (size_t i = 0; m && i < groups.n; i++) {
        struct uuids members = mgroup_members(ctx, key, &groups.list[i]);

        if (members.n) {
            mgroup_emit(ctx, key, &groups.list[i].ip, &members);
            if (!is_local4(&groups.list[i].ip)) {
                emit_lookup(ctx, key, &groups.list[i].ip, m);
            }
        }
        free(members.list);
    }
    mgroups_uninit(&groups);
}

const struct cunit_class cunit_ls_igmp = {
    .table = CT_LS,
    .compile = compile_switch,
};

/* --- Routers that relay --- */

/* Ports of the router that 'ip' goes out by. */
struct relayed {
    struct caddr ip;
    struct uuids ports;
};

struct relays {
    struct relayed *list;
    size_t n;
};

/* Scopes below 3 stay on their link. */
static bool
is_link_local6(const struct caddr *ip)
{
    return !ip->is_ipv4 && (ip->ip.s6_addr[1] & 0xf) < 3;
}

/* '*ip' is taken. */
static void
add_relay(struct relays *relays, struct caddr *ip, const struct uuid *port)
{
    struct relayed *found = NULL;

    for (size_t i = 0; i < relays->n && !found; i++) {
        if (!strcmp(relays->list[i].ip.s, ip->s)) {
            found = &relays->list[i];
        }
    }
    if (found) {
        caddr_uninit(ip);
    } else {
        relays->list = xrealloc(relays->list, (relays->n + 1)
                                * sizeof *relays->list);
        found = &relays->list[relays->n++];
        *found = (struct relayed) { .ip = *ip };
    }
    uuids_add(&found->ports, port, 1);
}

/* What has been joined on the switch at 'port'. */
static void
add_port(struct cctx *ctx, const struct vrport *port, struct relays *relays)
{
    const struct vswitch *ls = rflow_switch(ctx, port);

    if (!ls || port->floods_multicast) {
        return;
    }

    struct mgroups groups = mgroups_get(ctx, &ls->uuid);
    for (size_t i = 0; i < groups.n; i++) {
        struct uuids members = mgroup_members(ctx, &ls->uuid,
                                              &groups.list[i]);
        struct caddr ip;

        if (members.n && !is_link_local6(&groups.list[i].ip)
            && caddr_parse(groups.list[i].ip.s, &ip)) {
            add_relay(relays, &ip, &port->uuid);
        }
        free(members.list);
    }
    mgroups_uninit(&groups);
}

static void
emit_relay(struct cctx *ctx, const struct vrouter *router,
           const struct relayed *relayed)
{
    const struct caddr *ip = &relayed->ip;
    struct cflow flow = {
        .dp = &router->uuid, .stage = LR_IN_IP_ROUTING, .priority = 10500,
    };

    mgroup_emit(ctx, &router->uuid, ip, &relayed->ports);
    rflow_emit_nocopy(
        ctx, &flow,
        xasprintf("%s && %s.dst == %s ", rflow_ip(ip->is_ipv4),
                  rflow_ip(ip->is_ipv4), ip->s),
        xasprintf("%soutport = \"%s\"; ip.ttl--; next;",
                  router->floods_multicast
                  ? "clone { outport = \"_MC_static\"; ip.ttl--; next; };"
                  : "", ip->s));
}

static void
compile_router(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router *lr = row;
    const struct vrouter *router = view_router(ctx, &lr->header_.uuid);
    struct relays relays = { .n = 0 };

    if (!router || !router->enabled || !router->relays_multicast) {
        return;
    }
    for (size_t i = 0; i < lr->n_ports; i++) {
        const struct vrport *port
            = view_router_port(ctx, &lr->ports[i]->header_.uuid);

        if (port) {
            add_port(ctx, port, &relays);
        }
    }
    for (size_t i = 0; i < relays.n; i++) {
        emit_relay(ctx, router, &relays.list[i]);
        caddr_uninit(&relays.list[i].ip);
        free(relays.list[i].ports.list);
    }
    free(relays.list);
}

const struct cunit_class cunit_lr_igmp = {
    .table = CT_LR,
    .compile = compile_router,
};
