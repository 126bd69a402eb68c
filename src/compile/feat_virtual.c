/* Virtual ports: an address that moves between ports, and is at the one that
 * was heard to claim it last.  Stage ls_in_arp_rsp.
 *
 * Sources: ovn-northd(8); Logical_Switch_Port options:virtual-ip,
 * virtual-parents in ovn-nb(5). */

#include "feat_port.h"

static char *
claim_match(const struct vport *parent, const struct caddr *ip)
{
    return ip->is_ipv4
           ? xasprintf("inport == %s && ((arp.op == 1 && arp.spa == %s "
                       "&& arp.tpa == %s) || (arp.op == 2 "
                       "&& arp.spa == %s))",
                       parent->json_name, ip->s, ip->s, ip->s)
           : xasprintf("inport == %s && ((nd_ns && ip6.dst == {%s, %s} "
                       "&& nd.target == %s) ||(nd_na && nd.target == %s))",
                       parent->json_name, ip->s, ip->solicited_s, ip->s,
                       ip->s);
}

static void
emit_parent(struct cctx *ctx, const struct vport *port, const char *name,
            const struct caddr *ip)
{
    const struct uuid *uuid = cctx_named1(ctx, CR_LSP_NAMED, name);
    const struct vport *parent = uuid ? view_switch_port(ctx, uuid) : NULL;

    if (!parent || !uuid_equals(&parent->ls, &port->ls)) {
        return; /* It may come. */
    }

    char *match = claim_match(parent, ip);
    char *actions = xasprintf("bind_vport(%s, inport); next;",
                              port->json_name);
    cflow_emit(ctx, &(struct cflow) {
        .dp = &port->ls,
        .stage = LS_IN_ARP_RSP,
        .priority = 100,
        .match = match,
        .actions = actions,
        .port = parent->name,
    });
    free(match);
    free(actions);
}

void
feat_virtual_port(const struct cport *p)
{
    const struct nbrec_logical_switch_port *lsp = p->row;
    const char *option = smap_get(&lsp->options, "virtual-ip");
    const char *parents = smap_get(&lsp->options, "virtual-parents");
    struct caddr ip;

    if (p->port->type != VPORT_VIRTUAL || !option || !parents) {
        return;
    }
    if (strchr(option, '/') || !caddr_parse(option, &ip)) {
        creport(p->ctx, lsp->name, "options:virtual-ip",
                "write it as 10.0.0.1", "\"%s\" is no address: "
                "no parent can claim it", option);
        return;
    }

    struct sset names;
    const char *name;
    sset_from_delimited_string(&names, parents, ",");
    SSET_FOR_EACH (name, &names) {
        emit_parent(p->ctx, p->port, name, &ip);
    }
    sset_destroy(&names);
    caddr_uninit(&ip);
}
