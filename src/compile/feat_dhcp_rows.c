/* Rows DHCP_Options and DHCPv6_Options: what options there are.  The same
 * whatever the Northbound database says. */

#include "rows.h"
#include "views.h"

static void
emit(struct cctx *ctx, const char *table, const char *name, int code,
     const char *type)
{
    struct uuid uuid = uuid_digest(table, name, NULL);
    struct json *row = json_object_create();

    row_put_string(row, "name", name);
    row_put_integer(row, "code", code);
    row_put_string(row, "type", type);
    crow_emit(ctx, table, &uuid, &row);
}

static void
compile(struct cctx *ctx, const void *row OVS_UNUSED)
{
#define DHCP_OPTION(NAME, CODE, TYPE) \
    emit(ctx, "DHCP_Options", NAME, CODE, TYPE);
#define DHCPV6_OPTION(NAME, CODE, TYPE) \
    emit(ctx, "DHCPv6_Options", NAME, CODE, TYPE);
#include "dhcp_known.def"
}

const struct cunit_class cunit_dhcp_rows = {
    .table = CT_GLOBAL,
    .compile = compile,
};
