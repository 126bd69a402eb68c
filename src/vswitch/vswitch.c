#include "vswitch.h"

#include "vswitch_private.h"

VLOG_DEFINE_THIS_MODULE(vswitch);

/* Who has it may write what became of ports. */
#define VSWITCH_LOCK "ovs_vswitchd"

struct vswitch *
vswitch_new(const char *remote, const char *bridge)
{
    struct vswitch *vs = xzalloc(sizeof *vs);

    idlconn_open(&vs->conn, remote, &ovsrec_idl_class, true);
    vswitch_add_tables(vs->conn.idl);
    ovsdb_idl_set_lock(vs->conn.idl, VSWITCH_LOCK);
    vs->bridge = xstrdup(bridge);
    shash_init(&vs->entries);
    shash_init(&vs->ports);
    smap_init(&vs->chassis.physical);
    vs->acked_cfg = -1;
    return vs;
}

void
vswitch_free(struct vswitch *vs)
{
    struct shash_node *node;

    if (vs) {
        SHASH_FOR_EACH (node, &vs->entries) {
            vswitch_entry_free(node->data);
        }
        shash_destroy(&vs->entries);
        shash_destroy(&vs->ports);
        vswitch_chassis_uninit(&vs->chassis);
        idlconn_close(&vs->conn);
        free(vs->bridge);
        free(vs);
    }
}

/* What has been written must be written again. */
static void
mark_all_dirty(struct vswitch *vs)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &vs->entries) {
        struct vswitch_entry *entry = node->data;

        entry->dirty = entry->reported;
    }
    vs->dirty = true;
}

static void
take_result(struct vswitch *vs)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
    char *error;

    switch (idlconn_result(&vs->conn, &error, NULL)) {
    case IDLCONN_IDLE:
    case IDLCONN_PENDING:
    case IDLCONN_COMMITTED:
        break;
    case IDLCONN_AGAIN:
        mark_all_dirty(vs);
        break;
    case IDLCONN_REFUSED:
        VLOG_WARN_RL(&rl, "the Open_vSwitch database refused a change: %s",
                     error);
        mark_all_dirty(vs);
        break;
    }
    free(error);
}

void
vswitch_run(struct vswitch *vs)
{
    idlconn_run(&vs->conn);
    take_result(vs);

    unsigned int seqno = ovsdb_idl_get_seqno(vs->conn.idl);
    if (!idlconn_is_connected(&vs->conn)) {
        return;
    }
    if (vs->idl_seqno != seqno
        || vs->generation != idlconn_generation(&vs->conn)) {
        vs->idl_seqno = seqno;
        vs->generation = idlconn_generation(&vs->conn);
        vs->complete = vswitch_is_complete(vs);
        vswitch_read(vs);
        vs->seqno++;
    }
}

/* Sends what is to be written, as soon as that can be done. */
static void
flush(struct vswitch *vs)
{
    if ((vs->complete && !vs->dirty) || !vswitch_has_lock(vs)) {
        return;
    }
    struct ovsdb_idl_txn *txn = idlconn_begin(&vs->conn);
    if (!txn) {
        return;
    }
    if (!vs->complete) {
        vswitch_make_missing(vs, txn);
    }
    vswitch_write_reports(vs, txn);
    vs->dirty = false;
    idlconn_commit(&vs->conn);
}

void
vswitch_wait(struct vswitch *vs)
{
    flush(vs);
    idlconn_wait(&vs->conn);
}

bool
vswitch_is_ready(const struct vswitch *vs)
{
    return vs->complete;
}

bool
vswitch_is_connected(const struct vswitch *vs)
{
    return idlconn_is_connected(&vs->conn);
}

bool
vswitch_has_lock(const struct vswitch *vs)
{
    return idlconn_is_connected(&vs->conn)
           && ovsdb_idl_has_lock(vs->conn.idl);
}

uint64_t
vswitch_seqno(const struct vswitch *vs)
{
    return vs->seqno;
}

const struct shash *
vswitch_ports(const struct vswitch *vs)
{
    return &vs->ports;
}

const struct vswitch_chassis *
vswitch_chassis(const struct vswitch *vs)
{
    return &vs->chassis;
}

static bool
report_equals(const struct vswitch_report *a, const struct vswitch_report *b)
{
    return a->ofport == b->ofport
           && nullable_string_is_equal(a->error, b->error)
           && a->exists == b->exists && a->admin_up == b->admin_up
           && a->link_up == b->link_up && a->ifindex == b->ifindex
           && a->mtu == b->mtu && eth_addr_equals(a->mac, b->mac);
}

void
vswitch_report(struct vswitch *vs, const char *name,
               const struct vswitch_report *report)
{
    struct vswitch_entry *entry = shash_find_data(&vs->entries, name);

    if (!entry || (entry->reported && report_equals(&entry->report, report))) {
        return;
    }
    free(CONST_CAST(char *, entry->report.error));
    entry->report = *report;
    entry->report.error = nullable_xstrdup(report->error);
    entry->reported = entry->dirty = true;
    vs->dirty = true;
}

void
vswitch_ack(struct vswitch *vs)
{
    if (vs->acked_cfg != vs->next_cfg) {
        vs->acked_cfg = vs->next_cfg;
        vs->dirty = true;
    }
}
