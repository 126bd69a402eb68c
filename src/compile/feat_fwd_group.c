/* Forwarding groups: an address whose packets are spread over ports.  Stages
 * ls_in_arp_rsp, ls_in_l2_lkup.
 *
 * Sources: ovn-northd(8); Forwarding_Group in ovn-nb(5). */

#include "feat_arp.h"
#include "views.h"

static char *
spread_actions(const struct nbrec_forwarding_group *group)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "fwd_group(");
    if (group->liveness) {
        ds_put_cstr(&s, "liveness=\"true\",");
    }
    ds_put_cstr(&s, "childports=");
    for (size_t i = 0; i < group->n_child_port; i++) {
        if (i) {
            ds_put_char(&s, ',');
        }
        json_string_escape(group->child_port[i], &s);
    }
    ds_put_cstr(&s, ");");
    return ds_steal_cstr(&s);
}

static void
emit(struct cctx *ctx, const struct uuid *ls,
     const struct nbrec_forwarding_group *group, const struct caddr *vip,
     struct eth_addr mac)
{
    char *mac_s = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
    char *match = arp_request_match(vip);
    char *reply = arp_reply_actions(vip, mac_s, false);
    char *lookup = xasprintf("eth.dst == %s", mac_s);
    char *spread = spread_actions(group);

    cflow_emit(ctx, &(struct cflow) {
        .dp = ls,
        .stage = LS_IN_ARP_RSP,
        .priority = 50,
        .match = match,
        .actions = reply,
    });
    cflow_emit(ctx, &(struct cflow) {
        .dp = ls,
        .stage = LS_IN_L2_LKUP,
        .priority = 50,
        .match = lookup,
        .actions = spread,
    });
    free(mac_s);
    free(match);
    free(reply);
    free(lookup);
    free(spread);
}

static void
compile(struct cctx *ctx, const void *row)
{
    const struct nbrec_forwarding_group *group = row;
    const struct uuid *switches;
    struct eth_addr mac;
    struct caddr vip;
    size_t n;

    switches = cctx_related(ctx, CR_LS_OF_FWG, &group->header_.uuid, &n);
    if (!n) {
        return;
    }
    if (!eth_addr_from_string(group->vmac, &mac)) {
        creport(ctx, group->name, "vmac", "write it as 0a:00:00:00:00:01",
                "\"%s\" is no MAC: nothing reaches the group", group->vmac);
        return;
    }
    if (strchr(group->vip, '/') || !caddr_parse(group->vip, &vip)) {
        creport(ctx, group->name, "vip", "write it as 10.0.0.1",
                "\"%s\" is no address: nothing reaches the group",
                group->vip);
        return;
    }
    if (vip.is_ipv4) {
        for (size_t i = 0; i < n; i++) {
            emit(ctx, &switches[i], group, &vip, mac);
        }
    } else {
        creport(ctx, group->name, "vip", "write an IPv4 address",
                "%s is IPv6, which groups do not do: nothing reaches it",
                group->vip);
    }
    caddr_uninit(&vip);
}

const struct cunit_class cunit_fwg = {
    .table = CT_FWG,
    .compile = compile,
};
