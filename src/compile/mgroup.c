#include "mgroup.h"

#include "rows_binding.h"

/* Keys of groups begin behind those of ovn-northd's own. */
#define MIN_KEY 32774
#define MAX_KEY 65535

/* "ADDRESS UUID UUID...", one line of the fact. */
static void
parse_line(const char *line, struct mgroups *groups)
{
    char *copy = xstrdup(line), *save = NULL;
    const char *address = strtok_r(copy, " ", &save);
    struct uuids ports = { .n = 0 };
    struct caddr ip;
    struct uuid uuid;

    for (char *word = strtok_r(NULL, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        if (uuid_from_string(&uuid, word)) {
            uuids_add(&ports, &uuid, 1);
        }
    }
    if (address && !strcmp(address, "mrouters")) {
        uuids_add(&groups->mrouters, ports.list, ports.n);
        free(ports.list);
    } else if (address && !strchr(address, '/')
               && caddr_parse(address, &ip)) {
        groups->list = xrealloc(groups->list, (groups->n + 1)
                                * sizeof *groups->list);
        groups->list[groups->n++] = (struct mgroup) { ip, ports };
    } else {
        free(ports.list);
    }
    free(copy);
}

struct mgroups
mgroups_get(struct cctx *ctx, const struct uuid *ls)
{
    char *id = xasprintf(UUID_FMT, UUID_ARGS(ls));
    const char *fact = cctx_fact(ctx, CFACT_GROUPS, id);
    struct mgroups groups = { .n = 0 };

    if (fact) {
        char *copy = xstrdup(fact), *save = NULL;

        for (char *line = strtok_r(copy, "\n", &save); line;
             line = strtok_r(NULL, "\n", &save)) {
            parse_line(line, &groups);
        }
        free(copy);
    }
    free(id);
    return groups;
}

void
mgroups_uninit(struct mgroups *groups)
{
    for (size_t i = 0; i < groups->n; i++) {
        caddr_uninit(&groups->list[i].ip);
        free(groups->list[i].ports.list);
    }
    free(groups->list);
    free(groups->mrouters.list);
}

static bool
gets_all(struct cctx *ctx, const struct vport *port)
{
    const struct nbrec_logical_switch_port *lsp = get_lsp(ctx, &port->uuid);
    const struct vrport *lrp = uuid_is_zero(&port->lrp)
                               ? NULL : view_router_port(ctx, &port->lrp);
    const struct nbrec_logical_router *lr
        = lrp && !uuid_is_zero(&lrp->router) ? get_lr(ctx, &lrp->router)
                                             : NULL;

    return (lsp && smap_get_bool(&lsp->options, "mcast_flood", false))
           || (lr && smap_get_bool(&lr->options, "mcast_relay", false));
}

struct uuids
mgroup_members(struct cctx *ctx, const struct uuid *ls,
               const struct mgroup *group)
{
    const struct vswitch *sw = view_switch(ctx, ls);
    struct uuids members = { .n = 0 };

    for (size_t i = 0; i < group->ports.n; i++) {
        const struct vport *port = view_switch_port(ctx,
                                                    &group->ports.list[i]);

        if (port && uuid_equals(&port->ls, ls) && !gets_all(ctx, port)
            && port->type != VPORT_LOCALNET) {
            uuids_add(&members, &port->uuid, 1);
        }
    }
    /* Others may have joined behind them. */
    for (size_t i = 0; members.n && sw && i < sw->n_localnet_ports; i++) {
        uuids_add(&members, &sw->localnet_ports[i], 1);
    }
    return members;
}

void
mgroup_emit(struct cctx *ctx, const struct uuid *dp, const struct caddr *ip,
            const struct uuids *ports)
{
    char *id = xasprintf(UUID_FMT, UUID_ARGS(dp));
    struct ckey_request request = {
        .space = uuid_digest(id, "Multicast_Group", NULL),
        .owner = uuid_digest(ip->s, NULL),
        .min = MIN_KEY,
        .max = MAX_KEY,
    };
    uint32_t key = ckey_get(ctx, &request);

    if (key) {
        cgroup_emit(ctx, dp, ip->s, key, ports->list, ports->n);
    }
    free(id);
}
