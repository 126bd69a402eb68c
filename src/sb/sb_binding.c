/* Which logical ports are on this chassis: Port_Binding.chassis and up. */

#include "sb_chassis_private.h"

void
sb_binding_init(struct sb_chassis *c)
{
    static struct ovsdb_idl_column *const tracked[] = {
        &sbrec_port_binding_col_logical_port,
        &sbrec_port_binding_col_type,
        &sbrec_port_binding_col_chassis,
        &sbrec_port_binding_col_up,
        &sbrec_port_binding_col_virtual_parent,
        &sbrec_port_binding_col_options,
        &sbrec_port_binding_col_ha_chassis_group,
        &sbrec_port_binding_col_datapath,
    };

    for (size_t i = 0; i < ARRAY_SIZE(tracked); i++) {
        ovsdb_idl_track_add_column(c->conn.idl, tracked[i]);
    }
    c->ports_by_name = ovsdb_idl_index_create1(
        c->conn.idl, &sbrec_port_binding_col_logical_port);
    shash_init(&c->bound);
    smap_init(&c->virtuals);
    sset_init(&c->ports_dirty);
    sset_init(&c->ports_sent);
}

void
sb_binding_uninit(struct sb_chassis *c)
{
    shash_destroy(&c->bound);
    smap_destroy(&c->virtuals);
    sset_destroy(&c->ports_dirty);
    sset_destroy(&c->ports_sent);
}

const struct sbrec_port_binding *
sb_binding_find(const struct sb_chassis *c, const char *logical_port)
{
    struct sbrec_port_binding *target
        = sbrec_port_binding_index_init_row(c->ports_by_name);

    sbrec_port_binding_index_set_logical_port(target, logical_port);
    const struct sbrec_port_binding *row
        = sbrec_port_binding_index_find(c->ports_by_name, target);
    sbrec_port_binding_index_destroy_row(target);
    return row;
}

void
sb_binding_run(struct sb_chassis *c, bool resync)
{
    const struct sbrec_port_binding *row;

    SBREC_PORT_BINDING_FOR_EACH_TRACKED (row, c->conn.idl) {
        if (!sbrec_port_binding_is_deleted(row)) {
            sset_add(&c->ports_dirty, row->logical_port);
        }
    }
    if (resync) {
        SBREC_PORT_BINDING_FOR_EACH (row, c->conn.idl) {
            sset_add(&c->ports_dirty, row->logical_port);
        }
    }
}

bool
sb_binding_is_dirty(const struct sb_chassis *c)
{
    return !sset_is_empty(&c->ports_dirty);
}

/* The chassis of highest priority that is there. */
static const struct sbrec_chassis *
active_chassis(const struct sbrec_ha_chassis_group *group)
{
    const struct sbrec_ha_chassis *best = NULL;

    for (size_t i = 0; group && i < group->n_ha_chassis; i++) {
        const struct sbrec_ha_chassis *member = group->ha_chassis[i];

        if (member->chassis && (!best || member->priority > best->priority)) {
            best = member;
        }
    }
    return best ? best->chassis : NULL;
}

/* Whether the row is to say that its port is on this chassis. */
static bool
is_here(const struct sb_chassis *c, const struct sbrec_port_binding *row,
        const struct sbrec_chassis *chassis)
{
    if (!strcmp(row->type, "l3gateway")) {
        const char *name = smap_get(&row->options, "l3gateway-chassis");

        return name && !strcmp(name, c->name);
    } else if (!strcmp(row->type, "chassisredirect")
               || !strcmp(row->type, "external")) {
        return active_chassis(row->ha_chassis_group) == chassis;
    }
    if (!strcmp(row->type, "virtual")) {
        const char *parent = smap_get(&c->virtuals, row->logical_port);

        return parent && shash_find(&c->bound, parent);
    }
    return !*row->type && shash_find(&c->bound, row->logical_port);
}

static void
write_port(struct sb_chassis *c, const char *name,
           const struct sbrec_chassis *chassis)
{
    const struct sbrec_port_binding *row = sb_binding_find(c, name);

    if (!row) {
        return;
    }
    if (is_here(c, row, chassis)) {
        const struct shash_node *node = shash_find(&c->bound, name);
        bool up = !node || node->data;

        const char *parent = smap_get(&c->virtuals, name);

        if (row->chassis != chassis) {
            sbrec_port_binding_set_chassis(row, chassis);
        }
        if (!strcmp(row->type, "virtual")
            && !nullable_string_is_equal(row->virtual_parent, parent)) {
            sbrec_port_binding_set_virtual_parent(row, parent);
        }
        if (!row->n_up || row->up[0] != up) {
            sbrec_port_binding_set_up(row, &up, 1);
        }
    } else if (row->chassis == chassis) {
        bool up = false;

        sbrec_port_binding_set_chassis(row, NULL);
        sbrec_port_binding_set_up(row, &up, 1);
    }
}

void
sb_binding_write(struct sb_chassis *c, const struct sbrec_chassis *chassis)
{
    const char *name;

    SSET_FOR_EACH (name, &c->ports_dirty) {
        write_port(c, name, chassis);
    }
    sset_swap(&c->ports_dirty, &c->ports_sent);
}

void
sb_binding_written(struct sb_chassis *c, bool ok)
{
    const char *name;

    if (!ok) {
        SSET_FOR_EACH (name, &c->ports_sent) {
            sset_add(&c->ports_dirty, name);
        }
    }
    sset_clear(&c->ports_sent);
}

void
sb_chassis_bind(struct sb_chassis *c, const char *logical_port, bool up)
{
    const struct shash_node *node = shash_find(&c->bound, logical_port);
    void *data = up ? c : NULL;

    if (!node || node->data != data) {
        shash_replace(&c->bound, logical_port, data);
        sset_add(&c->ports_dirty, logical_port);
    }
}

void
sb_chassis_bind_virtual(struct sb_chassis *c, const char *logical_port,
                        const char *parent)
{
    const char *old = smap_get(&c->virtuals, logical_port);

    if (!old || strcmp(old, parent)) {
        smap_replace(&c->virtuals, logical_port, parent);
        sset_add(&c->ports_dirty, logical_port);
    }
}

void
sb_chassis_unbind(struct sb_chassis *c, const char *logical_port)
{
    struct shash_node *node = shash_find(&c->bound, logical_port);

    if (node) {
        shash_delete(&c->bound, node);
        sset_add(&c->ports_dirty, logical_port);
    }
}
