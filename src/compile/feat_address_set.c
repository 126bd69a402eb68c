/* Rows Address_Set: those of the Northbound database, two for each port group
 * and "svc_monitor_mac".
 *
 * Sources: Address_Set and Port_Group in ovn-nb(5), ovn-sb(5). */

#include "lb.h"
#include "rows.h"
#include "views.h"

static void
emit_row(struct cctx *ctx, const char *name, const struct uuid *uuid,
         char *const *addresses, size_t n)
{
    struct json *row = json_object_create();

    row_put_string(row, "name", name);
    row_put_strings(row, "addresses", addresses, n);
    crow_emit(ctx, "Address_Set", uuid, &row);
}

/* Is 'name' that of a set made from a port group? */
static bool
is_generated(struct cctx *ctx, const char *name)
{
    size_t length = strlen(name);

    if (!strcmp(name, "svc_monitor_mac")) {
        return true;
    } else if (length < 4 || (strcmp(name + length - 4, "_ip4")
                              && strcmp(name + length - 4, "_ip6"))) {
        return false;
    }

    char *group = xmemdup0(name, length - 4);
    bool exists = cctx_named1(ctx, CR_PG_NAMED, group) != NULL;
    free(group);
    return exists;
}

static void
compile_set(struct cctx *ctx, const void *row)
{
    const struct nbrec_address_set *as = row;

    if (is_generated(ctx, as->name)) {
        creport(ctx, as->name, "name", "give it another name",
                "a set of that name is made for another purpose: matches "
                "with $%s mean that one", as->name);
        return;
    }
    emit_row(ctx, as->name, &as->header_.uuid, as->addresses,
             as->n_addresses);
}

const struct cunit_class cunit_as = {
    .table = CT_AS,
    .compile = compile_set,
};

static void
compile_group(struct cctx *ctx, const void *row)
{
    const struct nbrec_port_group *pg = row;
    struct svec ips[2] = { SVEC_EMPTY_INITIALIZER, SVEC_EMPTY_INITIALIZER };

    for (size_t i = 0; i < pg->n_ports; i++) {
        const struct vport *port
            = view_switch_port(ctx, &pg->ports[i]->header_.uuid);

        for (size_t j = 0; port && j < port->n_addrs; j++) {
            const struct caddrs *addrs = &port->addrs[j];

            for (size_t k = 0; k < addrs->n; k++) {
                svec_add(&ips[!addrs->ips[k].is_ipv4], addrs->ips[k].s);
            }
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(ips); i++) {
        char *name = xasprintf("%s_ip%d", pg->name, i ? 6 : 4);
        struct uuid uuid = uuid_digest("Address_Set", name, NULL);

        emit_row(ctx, name, &uuid, ips[i].names, ips[i].n);
        free(name);
        svec_destroy(&ips[i]);
    }
}

const struct cunit_class cunit_pg_as = {
    .table = CT_PG,
    .compile = compile_group,
};

static void
compile_monitor(struct cctx *ctx, const void *row OVS_UNUSED)
{
    const struct eth_addr mac = lb_monitor_mac(ctx);
    struct uuid uuid = uuid_digest("Address_Set", "svc_monitor_mac", NULL);
    char *text = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));

    emit_row(ctx, "svc_monitor_mac", &uuid, &text, 1);
    free(text);
}

const struct cunit_class cunit_monitor_as = {
    .table = CT_GLOBAL,
    .compile = compile_monitor,
};
