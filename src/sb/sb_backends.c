/* Has a VIP backends, and does one of them answer?
 *
 * Both are looked up in hash tables that follow the rows, because hold asks
 * for each VIP that it holds packets for, whenever anything changes. */

#include "sb.h"

#include "sb_private.h"
#include "vip.h"

/* A Load_Balancer row.  ovn-northd writes the UUID of the Northbound row into
 * external_ids:lb_id. */
struct sb_lb {
    struct hmap_node by_nb;
    struct hmap_node by_row;
    struct uuid nb;
    struct uuid row;
    struct smap vips;
};

/* A backend that is checked, maybe on several logical ports. */
struct sb_monitor {
    struct hmap_node node;
    struct endpoint ep;
    bool udp;
    unsigned int n_rows;
    unsigned int n_online;
};

/* A Service_Monitor row, as counted in 'monitor'. */
struct sb_check {
    struct hmap_node node;
    struct uuid row;
    struct sb_monitor *monitor;
    bool online;
};

void
sb_backends_init(struct sb_backends *b, const struct sb_options *options)
{
    *b = (struct sb_backends) {
        .enabled = options->backends, .no_vips = options->no_vips,
    };
    hmap_init(&b->lbs_by_nb);
    hmap_init(&b->lbs_by_row);
    hmap_init(&b->monitors);
    hmap_init(&b->checks);
}

static void
lb_remove(struct sb_backends *b, struct sb_lb *lb)
{
    hmap_remove(&b->lbs_by_nb, &lb->by_nb);
    hmap_remove(&b->lbs_by_row, &lb->by_row);
    smap_destroy(&lb->vips);
    free(lb);
}

static void
check_remove(struct sb_backends *b, struct sb_check *check)
{
    struct sb_monitor *monitor = check->monitor;

    monitor->n_online -= check->online;
    if (!--monitor->n_rows) {
        hmap_remove(&b->monitors, &monitor->node);
        free(monitor);
    }
    hmap_remove(&b->checks, &check->node);
    free(check);
}

void
sb_backends_uninit(struct sb_backends *b)
{
    struct sb_check *check;
    struct sb_lb *lb;

    HMAP_FOR_EACH_SAFE (lb, by_row, &b->lbs_by_row) {
        lb_remove(b, lb);
    }
    HMAP_FOR_EACH_SAFE (check, node, &b->checks) {
        check_remove(b, check);
    }
    hmap_destroy(&b->lbs_by_nb);
    hmap_destroy(&b->lbs_by_row);
    hmap_destroy(&b->monitors);
    hmap_destroy(&b->checks);
}

void
sb_backends_add_tables(struct sb_backends *b, struct ovsdb_idl *idl)
{
    if (!b->enabled) {
        return;
    }
    if (!b->no_vips) {
        ovsdb_idl_add_table(idl, &sbrec_table_load_balancer);
        ovsdb_idl_track_add_column(idl, &sbrec_load_balancer_col_vips);
        ovsdb_idl_track_add_column(idl,
                                   &sbrec_load_balancer_col_external_ids);
    }
    ovsdb_idl_add_table(idl, &sbrec_table_service_monitor);
    ovsdb_idl_track_add_column(idl, &sbrec_service_monitor_col_ip);
    ovsdb_idl_track_add_column(idl, &sbrec_service_monitor_col_port);
    ovsdb_idl_track_add_column(idl, &sbrec_service_monitor_col_protocol);
    ovsdb_idl_track_add_column(idl, &sbrec_service_monitor_col_status);
    ovsdb_idl_add_table(idl, &sbrec_table_datapath_binding);
    ovsdb_idl_add_column(idl, &sbrec_datapath_binding_col_tunnel_key);
    ovsdb_idl_add_column(idl, &sbrec_datapath_binding_col_external_ids);
    b->datapaths = ovsdb_idl_index_create1(
        idl, &sbrec_datapath_binding_col_tunnel_key);
}

static void
refresh_lb(struct sb_backends *b, struct ovsdb_idl *idl,
           const struct uuid *uuid)
{
    const struct sbrec_load_balancer *row
        = sbrec_load_balancer_get_for_uuid(idl, uuid);
    const char *lb_id = row ? smap_get(&row->external_ids, "lb_id") : NULL;
    struct sb_lb *lb;
    struct uuid nb;

    HMAP_FOR_EACH_WITH_HASH (lb, by_row, uuid_hash(uuid), &b->lbs_by_row) {
        if (uuid_equals(&lb->row, uuid)) {
            lb_remove(b, lb);
            break;
        }
    }
    if (lb_id && uuid_from_string(&nb, lb_id)) {
        lb = xmalloc(sizeof *lb);
        lb->row = *uuid;
        lb->nb = nb;
        smap_clone(&lb->vips, &row->vips);
        hmap_insert(&b->lbs_by_row, &lb->by_row, uuid_hash(uuid));
        hmap_insert(&b->lbs_by_nb, &lb->by_nb, uuid_hash(&nb));
    }
}

static struct sb_monitor *
find_monitor(const struct sb_backends *b, const struct endpoint *ep, bool udp)
{
    struct sb_monitor *monitor;

    HMAP_FOR_EACH_WITH_HASH (monitor, node, endpoint_hash(ep, udp),
                             &b->monitors) {
        if (endpoint_equals(&monitor->ep, ep) && monitor->udp == udp) {
            return monitor;
        }
    }
    return NULL;
}

static void
add_check(struct sb_backends *b, const struct sbrec_service_monitor *row)
{
    bool udp = row->protocol && !strcmp(row->protocol, "udp");
    struct sb_monitor *monitor;
    struct sb_check *check;
    struct endpoint ep;

    if (!endpoint_parse(row->ip, &ep) || ep.port) {
        return;
    }
    ep.port = row->port;
    monitor = find_monitor(b, &ep, udp);
    if (!monitor) {
        monitor = xzalloc(sizeof *monitor);
        monitor->ep = ep;
        monitor->udp = udp;
        hmap_insert(&b->monitors, &monitor->node, endpoint_hash(&ep, udp));
    }
    check = xzalloc(sizeof *check);
    check->row = row->header_.uuid;
    check->monitor = monitor;
    check->online = row->status && !strcmp(row->status, "online");
    hmap_insert(&b->checks, &check->node, uuid_hash(&check->row));
    monitor->n_rows++;
    monitor->n_online += check->online;
}

static void
refresh_check(struct sb_backends *b, struct ovsdb_idl *idl,
              const struct uuid *uuid)
{
    const struct sbrec_service_monitor *row
        = sbrec_service_monitor_get_for_uuid(idl, uuid);
    struct sb_check *check;

    HMAP_FOR_EACH_WITH_HASH (check, node, uuid_hash(uuid), &b->checks) {
        if (uuid_equals(&check->row, uuid)) {
            check_remove(b, check);
            break;
        }
    }
    if (row) {
        add_check(b, row);
    }
}

static void
drop_vanished(struct sb_backends *b, struct ovsdb_idl *idl)
{
    struct sb_check *check;
    struct sb_lb *lb;

    HMAP_FOR_EACH_SAFE (lb, by_row, &b->lbs_by_row) {
        if (!sbrec_load_balancer_get_for_uuid(idl, &lb->row)) {
            lb_remove(b, lb);
        }
    }
    HMAP_FOR_EACH_SAFE (check, node, &b->checks) {
        if (!sbrec_service_monitor_get_for_uuid(idl, &check->row)) {
            check_remove(b, check);
        }
    }
    b->seqno++;
}

void
sb_backends_run(struct sb_backends *b, struct ovsdb_idl *idl, bool resync)
{
    const struct sbrec_service_monitor *monitor;
    const struct sbrec_load_balancer *lb;

    if (!b->enabled) {
        return;
    }
    SBREC_LOAD_BALANCER_FOR_EACH_TRACKED (lb, idl) {
        refresh_lb(b, idl, &lb->header_.uuid);
        b->seqno++;
    }
    SBREC_SERVICE_MONITOR_FOR_EACH_TRACKED (monitor, idl) {
        refresh_check(b, idl, &monitor->header_.uuid);
        b->seqno++;
    }
    if (resync) {
        drop_vanished(b, idl);
    }
}

/* Value of the event's VIP, or NULL. */
static const char *
find_vip(const struct sb_backends *b, const struct event *event)
{
    const struct sb_lb *lb;

    HMAP_FOR_EACH_WITH_HASH (lb, by_nb, uuid_hash(&event->lb),
                             &b->lbs_by_nb) {
        if (uuid_equals(&lb->nb, &event->lb)) {
            const char *value = vip_find_value(&lb->vips, event->vip);

            if (value) {
                return value;
            }
        }
    }
    return NULL;
}

struct sb_health
sb_backends_health(const struct sb *sb, const char *backends,
                   const char *protocol)
{
    struct endpoints eps = { .n = 0 };
    bool udp = !strcmp(protocol, "udp");
    struct sb_health health = { .n_backends = 0 };

    if (endpoints_parse(backends, &eps, NULL)) {
        health.n_backends = eps.n;
        for (size_t i = 0; i < eps.n; i++) {
            const struct sb_monitor *monitor
                = find_monitor(&sb->backends, &eps.list[i], udp);

            health.n_monitored += monitor != NULL;
            health.n_online += monitor && monitor->n_online;
        }
    }
    endpoints_uninit(&eps);
    return health;
}

enum sb_vip_state
sb_health_state(const struct sb_health *health)
{
    if (!health->n_backends) {
        return SB_VIP_EMPTY;
    }
    /* OVN sends connections to a backend that it does not check, too. */
    return health->n_online || health->n_monitored < health->n_backends
           ? SB_VIP_READY : SB_VIP_UNHEALTHY;
}

enum sb_vip_state
sb_vip_state(const struct sb *sb, const struct event *event)
{
    const char *value = find_vip(&sb->backends, event);

    if (!value) {
        return SB_VIP_UNKNOWN;
    }
    const struct sb_health health = sb_backends_health(sb, value,
                                                       event->protocol);
    return sb_health_state(&health);
}

const char *
sb_vip_backends(const struct sb *sb, const struct event *event)
{
    return find_vip(&sb->backends, event);
}

bool
sb_datapath_is_router(const struct sb *sb, uint64_t key)
{
    const struct sbrec_datapath_binding *row;
    struct sbrec_datapath_binding *target;

    if (!sb->backends.datapaths) {
        return false;
    }
    target = sbrec_datapath_binding_index_init_row(sb->backends.datapaths);
    sbrec_datapath_binding_index_set_tunnel_key(target, key);
    row = sbrec_datapath_binding_index_find(sb->backends.datapaths, target);
    sbrec_datapath_binding_index_destroy_row(target);
    return row && smap_get_node(&row->external_ids, "logical-router");
}
