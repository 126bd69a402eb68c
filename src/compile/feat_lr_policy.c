/* Routing policies: Logical_Router_Policy.
 *
 * Sources: ovn-northd(8) lr_in_policy, lr_in_policy_ecmp; ovn-nb(5). */

#include "rflow.h"
#include "rroute.h"

/* "pkt.mark = N; " or "".  The caller's. */
static char *
mark_action(struct cctx *ctx, const struct nbrec_logical_router_policy *row)
{
    const char *text = smap_get(&row->options, "pkt_mark");
    unsigned int mark = 0;

    if (text && (!str_to_uint(text, 10, &mark) || !mark)) {
        creport(ctx, row->match, "options:pkt_mark",
                "write a number from 1 to 4294967295",
                "\"%s\" is no mark: packets are not marked", text);
        mark = 0;
    }
    return mark ? xasprintf("pkt.mark = %u; ", mark) : xstrdup("");
}

/* "[MARK]REG0 = NEXTHOP; ...; flags.loopback = 1; ", or NULL and a report. */
static char *
reroute_actions(struct cctx *ctx,
                const struct nbrec_logical_router_policy *row,
                const struct vrouter *router, const char *nexthop)
{
    struct rroute_hop hop;
    struct caddr ip;

    if (!caddr_parse(nexthop, &ip)) {
        creport(ctx, row->match, "nexthops", "write an IP address",
                "\"%s\" is none: the policy has no effect", nexthop);
        return NULL;
    }

    bool found = rroute_find_hop(ctx, &router->uuid, &ip, NULL, &hop);
    char *to = found ? rroute_actions(&hop, ip.s) : NULL;
    caddr_uninit(&ip);
    if (!to) {
        creport(ctx, row->match, "nexthops",
                "write an address in the network of a port",
                "no port of router \"%s\" leads to \"%s\": the policy has no "
                "effect", router->name, nexthop);
        return NULL;
    }

    char *mark = mark_action(ctx, row);
    char *actions = xasprintf("%s%sflags.loopback = 1; ", mark, to);
    free(mark);
    free(to);
    return actions;
}

static void
emit(struct cctx *ctx, const struct nbrec_logical_router_policy *row,
     const struct vrouter *router, char *actions)
{
    struct cflow flow = {
        .dp = &router->uuid,
        .stage = LR_IN_POLICY,
        .priority = row->priority,
    };

    rflow_emit_nocopy(ctx, &flow, xstrdup(row->match), actions);
}

/* One of several next hops, by a hash of the packet's addresses and ports. */
static void
emit_ecmp(struct cctx *ctx, const struct nbrec_logical_router_policy *row,
          const struct vrouter *router)
{
    char *name = xasprintf(UUID_FMT, UUID_ARGS(&row->header_.uuid));
    struct ds select = DS_EMPTY_INITIALIZER;
    char **actions = xcalloc(row->n_nexthops, sizeof *actions);
    bool ok = true;

    for (size_t i = 0; ok && i < row->n_nexthops; i++) {
        actions[i] = reroute_actions(ctx, row, router, row->nexthops[i]);
        ok = actions[i] != NULL;
    }

    uint32_t id = ok ? rflow_number(ctx, &router->uuid, "policy", name) : 0;
    for (size_t i = 0; i < row->n_nexthops; i++) {
        struct cflow flow = {
            .dp = &router->uuid,
            .stage = LR_IN_POLICY_ECMP,
            .priority = 100,
        };

        ds_put_format(&select, "%s%"PRIuSIZE, i ? ", " : "", i + 1);
        if (ok) {
            rflow_emit_nocopy(
                ctx, &flow,
                xasprintf("reg8[0..15] == %u && reg8[16..31] == %"PRIuSIZE,
                          id, i + 1),
                xasprintf("%snext;", actions[i]));
        }
        free(actions[i]);
    }
    if (ok) {
        emit(ctx, row, router,
             xasprintf("reg8[0..15] = %u; reg8[16..31] = select(%s);", id,
                       ds_cstr(&select)));
    }
    ds_destroy(&select);
    free(actions);
    free(name);
}

static void
emit_reroute(struct cctx *ctx, const struct nbrec_logical_router_policy *row,
             const struct vrouter *router)
{
    const char *nexthop = row->n_nexthops ? row->nexthops[0]
                          : row->nexthop ? row->nexthop : "";

    if (row->n_nexthops > 1) {
        emit_ecmp(ctx, row, router);
        return;
    }

    char *actions = reroute_actions(ctx, row, router, nexthop);
    if (actions) {
        emit(ctx, row, router,
             xasprintf("%sreg8[0..15] = 0; next;", actions));
        free(actions);
    }
}

static void
compile_policy(struct cctx *ctx, const void *row_)
{
    const struct nbrec_logical_router_policy *row = row_;
    size_t n;
    const struct uuid *routers = cctx_related(ctx, CR_LR_OF_POLICY,
                                              &row->header_.uuid, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vrouter *router = view_router(ctx, &routers[i]);

        if (!router || !router->enabled) {
            continue;
        }
        if (!strcmp(row->action, "reroute")) {
            emit_reroute(ctx, row, router);
        } else if (!strcmp(row->action, "drop")) {
            emit(ctx, row, router, xstrdup("drop;"));
        } else {
            char *mark = mark_action(ctx, row);

            emit(ctx, row, router,
                 xasprintf("%sreg8[0..15] = 0; next;", mark));
            free(mark);
        }
    }
}

const struct cunit_class cunit_lr_policy = {
    .table = CT_POLICY,
    .compile = compile_policy,
};
