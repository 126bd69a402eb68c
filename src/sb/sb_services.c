/* Services on ports of this chassis that are to be checked: Service_Monitor.
 *
 * Sources: ovn-sb(5), ovn-nb(5) Load_Balancer_Health_Check. */

#include "sb_chassis_private.h"

/* What holds where the row says nothing. */
#define INTERVAL_S 5
#define TIMEOUT_S 3
#define MAX_S 86400

/* A status that is to be written, or on its way. */
struct verdict {
    struct hmap_node node; /* In struct sb_chassis's 'verdicts', by row. */
    struct uuid row;
    const char *status;    /* Static. */
    bool sent;             /* In the transaction. */
};

void
sb_services_init(struct sb_chassis *c)
{
    static struct ovsdb_idl_column *const tracked[] = {
        &sbrec_service_monitor_col_logical_port,
        &sbrec_service_monitor_col_ip,
        &sbrec_service_monitor_col_port,
        &sbrec_service_monitor_col_protocol,
        &sbrec_service_monitor_col_src_mac,
        &sbrec_service_monitor_col_src_ip,
        &sbrec_service_monitor_col_options,
    };

    for (size_t i = 0; i < ARRAY_SIZE(tracked); i++) {
        ovsdb_idl_track_add_column(c->conn.idl, tracked[i]);
    }
    ovsdb_idl_add_column(c->conn.idl, &sbrec_service_monitor_col_status);
    ovsdb_idl_omit_alert(c->conn.idl, &sbrec_service_monitor_col_status);
    ovsdb_idl_add_column(c->conn.idl, &sbrec_port_binding_col_mac);
    hmap_init(&c->verdicts);
}

static void
verdict_free(struct sb_chassis *c, struct verdict *verdict)
{
    hmap_remove(&c->verdicts, &verdict->node);
    free(verdict);
}

void
sb_services_uninit(struct sb_chassis *c)
{
    struct verdict *verdict;

    HMAP_FOR_EACH_SAFE (verdict, node, &c->verdicts) {
        verdict_free(c, verdict);
    }
    hmap_destroy(&c->verdicts);
}

/* --- Rows -> services --- */

static unsigned int
option(const struct sbrec_service_monitor *row, const char *key,
       unsigned int or_else)
{
    unsigned int value = smap_get_uint(&row->options, key, or_else);

    return MIN(MAX(value, 1), MAX_S);
}

static bool
parse(const struct sbrec_service_monitor *row, struct sb_service *service)
{
    *service = (struct sb_service) {
        .row = row->header_.uuid,
        .logical_port = row->logical_port,
        .at.port = row->port,
        .udp = row->protocol && !strcmp(row->protocol, "udp"),
        .interval_ms = option(row, "interval", INTERVAL_S) * 1000LL,
        .timeout_ms = option(row, "timeout", TIMEOUT_S) * 1000LL,
        .n_success = option(row, "success_count", 1),
        .n_failure = option(row, "failure_count", 1),
    };
    ovs_be32 ip;

    if (row->port <= 0 || row->port > UINT16_MAX || !ip_parse(row->ip, &ip)
        || !ip_parse(row->src_ip, &service->src_ip)
        || !eth_addr_from_string(row->src_mac, &service->src_mac)) {
        return false;
    }
    in6_addr_set_mapped_ipv4(&service->at.addr, ip);
    return true;
}

static void
tell(struct sb_chassis *c, const struct sbrec_service_monitor *row, bool gone)
{
    struct sb_service service = { .row = row->header_.uuid };

    gone = gone || !parse(row, &service);
    c->ops->service(c->aux, &service, gone);
}

void
sb_services_run(struct sb_chassis *c, bool resync)
{
    const struct sbrec_service_monitor *row;

    if (!c->ops || !c->ops->service) {
        return;
    }
    if (resync) {
        SBREC_SERVICE_MONITOR_FOR_EACH (row, c->conn.idl) {
            tell(c, row, false);
        }
        return;
    }
    SBREC_SERVICE_MONITOR_FOR_EACH_TRACKED (row, c->conn.idl) {
        tell(c, row, sbrec_service_monitor_is_deleted(row));
    }
}

/* "MAC IP IP...": NULL, or what stands after the MAC. */
static const char *
parse_mac(const char *text, struct eth_addr *mac)
{
    int n = 0;

    return ovs_scan(text, ETH_ADDR_SCAN_FMT"%n", ETH_ADDR_SCAN_ARGS(*mac),
                    &n) ? text + n : NULL;
}

static bool
has_word(const char *list, const char *word)
{
    char *copy = xstrdup(list), *save = NULL;
    bool found = false;

    for (char *item = strtok_r(copy, " ", &save); item && !found;
         item = strtok_r(NULL, " ", &save)) {
        found = !strcmp(item, word);
    }
    free(copy);
    return found;
}

bool
sb_chassis_find_mac(const struct sb_chassis *c, const char *logical_port,
                    const struct in6_addr *ip, struct eth_addr *mac)
{
    const struct sbrec_port_binding *row = sb_binding_find(c, logical_port);
    char text[INET6_ADDRSTRLEN];
    bool any = false;

    if (!row || !shash_find(&c->bound, logical_port)) {
        return false;
    }
    ipv6_string_mapped(text, ip);
    for (size_t i = 0; i < row->n_mac; i++) {
        struct eth_addr candidate;
        const char *ips = parse_mac(row->mac[i], &candidate);

        if (ips && has_word(ips, text)) {
            *mac = candidate;
            return true;
        } else if (ips && !any) {
            *mac = candidate;
            any = true;
        }
    }
    return any;
}

/* --- Verdicts -> rows --- */

static struct verdict *
find_verdict(const struct sb_chassis *c, const struct uuid *row)
{
    struct verdict *verdict;

    HMAP_FOR_EACH_WITH_HASH (verdict, node, uuid_hash(row), &c->verdicts) {
        if (uuid_equals(&verdict->row, row)) {
            return verdict;
        }
    }
    return NULL;
}

void
sb_chassis_set_service(struct sb_chassis *c, const struct uuid *row,
                       bool online)
{
    struct verdict *verdict = find_verdict(c, row);

    if (!verdict) {
        verdict = xzalloc(sizeof *verdict);
        verdict->row = *row;
        hmap_insert(&c->verdicts, &verdict->node, uuid_hash(row));
    }
    verdict->status = online ? "online" : "offline";
    verdict->sent = false;
}

bool
sb_services_is_dirty(const struct sb_chassis *c)
{
    return !hmap_is_empty(&c->verdicts);
}

void
sb_services_write(struct sb_chassis *c)
{
    struct verdict *verdict;

    HMAP_FOR_EACH (verdict, node, &c->verdicts) {
        const struct sbrec_service_monitor *row
            = sbrec_service_monitor_get_for_uuid(c->conn.idl, &verdict->row);

        verdict->sent = true;
        if (row && (!row->status || strcmp(row->status, verdict->status))) {
            sbrec_service_monitor_set_status(row, verdict->status);
        }
    }
}

void
sb_services_written(struct sb_chassis *c, bool ok)
{
    struct verdict *verdict;

    HMAP_FOR_EACH_SAFE (verdict, node, &c->verdicts) {
        if (verdict->sent && ok) {
            verdict_free(c, verdict);
        } else {
            verdict->sent = false;
        }
    }
}
