/* Rows Port_Group: of each Northbound group one for each switch that has ports
 * of it, named "KEY_NAME" after the switch's tunnel key.
 *
 * Sources: Port_Group in ovn-sb(5). */

#include "rows.h"
#include "rows_binding.h"
#include "views.h"

struct member {
    struct uuid ls;
    const char *name;
};

static int
compare_members(const void *a_, const void *b_)
{
    const struct member *a = a_, *b = b_;

    return uuid_compare_3way(&a->ls, &b->ls);
}

/* 'members' (n of 1 or more) are all of one switch. */
static void
emit_row(struct cctx *ctx, const char *name, const struct member *members,
         size_t n)
{
    const struct uuid *ls = &members[0].ls;
    const struct vswitch_mode *mode = view_switch_mode(ctx, ls);
    uint32_t key = mode ? cdatapath_key(ctx, ls, mode->requested_key) : 0;

    if (!key) {
        return;
    }

    char *id = xasprintf(UUID_FMT, UUID_ARGS(ls));
    struct uuid uuid = uuid_digest("Port_Group", name, id, NULL);
    char *full = xasprintf("%"PRIu32"_%s", key, name);
    struct json *row = json_object_create();
    char **names = xmalloc(n * sizeof *names);

    for (size_t i = 0; i < n; i++) {
        names[i] = CONST_CAST(char *, members[i].name);
    }
    row_put_string(row, "name", full);
    row_put_strings(row, "ports", names, n);
    crow_emit(ctx, "Port_Group", &uuid, &row);
    free(names);
    free(full);
    free(id);
}

static void
compile(struct cctx *ctx, const void *row)
{
    const struct nbrec_port_group *pg = row;
    struct member *members = xmalloc(MAX(pg->n_ports, 1) * sizeof *members);
    size_t n = 0, start = 0;

    for (size_t i = 0; i < pg->n_ports; i++) {
        const struct vport *port
            = view_switch_port(ctx, &pg->ports[i]->header_.uuid);

        if (port && !uuid_is_zero(&port->ls)) {
            members[n++] = (struct member) { port->ls, port->name };
        }
    }
    qsort(members, n, sizeof *members, compare_members);
    for (size_t i = 1; i <= n; i++) {
        if (i == n || !uuid_equals(&members[i].ls, &members[start].ls)) {
            emit_row(ctx, pg->name, &members[start], i - start);
            start = i;
        }
    }
    free(members);
}

const struct cunit_class cunit_pg = {
    .table = CT_PG,
    .compile = compile,
};
