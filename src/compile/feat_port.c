#include "feat_port.h"

static void
compile(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch_port *lsp = row;
    const struct vport *port = view_switch_port(ctx, &lsp->header_.uuid);
    const struct vswitch_mode *mode
        = port && !uuid_is_zero(&port->ls)
          ? view_switch_mode(ctx, &port->ls) : NULL;

    if (!mode || port->type == VPORT_OTHER) {
        return;
    }

    struct cport p = { .ctx = ctx, .row = lsp, .port = port, .mode = mode };
    feat_l2_port(&p);
    feat_l2_router_port(&p);
    feat_arp_port(&p);
    feat_acl_port(&p);
    feat_dhcp_port(&p);
    feat_virtual_port(&p);
    feat_external_port(&p);
}

const struct cunit_class cunit_lsp = {
    .table = CT_LSP,
    .compile = compile,
};
