#include "north.h"

#include "back.h"
#include "idlconn.h"
#include "ovn-nb-idl.h"
#include "south.h"

VLOG_DEFINE_THIS_MODULE(north);

enum { SINK_SOUTH, SINK_BACK, SINK_OWN };

struct north {
    struct idlconn *nb;         /* The own one, or another's. */
    struct idlconn own;
    unsigned int nb_generation; /* Of the replica that was compiled... */
    unsigned int nb_seqno;      /* ...and how far it was. */
    unsigned int passed_seqno;  /* Of one that was not; see pass_over(). */
    struct back *back;
    struct south *south;
    struct compile *compile;
    bool ready;
    bool replay;               /* The caller's sink wants one. */
    unsigned int told_reports; /* Seqno of the reports in the log. */
    long long compile_us;      /* What the last change took. */
    int64_t nb_cfg;            /* NB_Global.nb_cfg, as compiled. */
    size_t n_runs;
};

static bool
is_own(const struct north *north)
{
    return north->nb == &north->own;
}

/* --- What the Southbound database says --- */

static void
note_key(void *north_, const char *name, const char *value)
{
    struct north *north = north_;

    compile_set_fact(north->compile, CFACT_TUNNEL_KEY, name, value);
}

static void
note_port_up(void *north_, const char *logical_port, bool up)
{
    struct north *north = north_;

    compile_set_fact(north->compile, CFACT_PORT_UP, logical_port,
                     up ? "true" : NULL);
    back_set_up(north->back, logical_port, up);
}

static void
note_backend(void *north_, const char *name, const char *status)
{
    struct north *north = north_;

    compile_set_fact(north->compile, CFACT_BACKEND, name, status);
}

static void
note_prefix(void *north_, const char *logical_port, const char *prefix)
{
    struct north *north = north_;

    compile_set_fact(north->compile, CFACT_PREFIX, logical_port, prefix);
}

static void
note_groups(void *north_, const char *datapath, const char *groups)
{
    struct north *north = north_;

    compile_set_fact(north->compile, CFACT_GROUPS, datapath, groups);
}

static void
note_bfd(void *north_, const char *uuid, const char *status)
{
    struct north *north = north_;

    compile_set_fact(north->compile, CFACT_BFD, uuid, status);
}

static void
note_chassis(void *north_, const char *name, const char *uuid)
{
    struct north *north = north_;

    compile_set_fact(north->compile, CFACT_CHASSIS, name, uuid);
}

static const struct south_ops south_ops = {
    .chassis = note_chassis,
    .key = note_key,
    .port_up = note_port_up,
    .backend = note_backend,
    .bfd = note_bfd,
    .groups = note_groups,
    .prefix = note_prefix,
};

struct north *
north_new(const struct north_config *config)
{
    struct north *north = xzalloc(sizeof *north);
    struct csink sinks[COMPILE_MAX_SINKS];
    size_t n_sinks = 2;

    north->nb = config->nb;
    if (!north->nb) {
        north->nb = &north->own;
        compile_open(north->nb, config->nb_remote, true);
    }
    north->back = back_new(north->nb, config->nb ? config->nb_remote : NULL);
    north->south = south_new(config->sb_remote, &south_ops, north);
    if (config->no_sb_flows) {
        south_leave_out_flows(north->south);
    }
    sinks[SINK_SOUTH] = south_sink(north->south);
    sinks[SINK_BACK] = back_sink(north->back);
    if (config->sink) {
        sinks[SINK_OWN] = *config->sink;
        n_sinks++;
    }
    north->compile = compile_new(north->nb->idl, sinks, n_sinks);
    return north;
}

void
north_free(struct north *north)
{
    if (north) {
        compile_free(north->compile);
        south_free(north->south);
        back_free(north->back);
        if (is_own(north)) {
            idlconn_close(north->nb);
        }
        free(north);
    }
}

/* --- The loop --- */

static void
log_report(void *north OVS_UNUSED, const struct diag *diag)
{
    static struct vlog_rate_limit limit = VLOG_RATE_LIMIT_INIT(60, 60);

    if (!vlog_should_drop(&this_module, VLL_WARN, &limit)) {
        struct ds text = DS_EMPTY_INITIALIZER;

        diag_format(diag, &text);
        VLOG_WARN("%s", ds_cstr(&text));
        ds_destroy(&text);
    }
}

/* Each complaint when it is new. */
static void
log_reports(struct north *north)
{
    compile_for_each_report(north->compile, north->told_reports, log_report,
                            north);
    north->told_reports = compile_reports_seqno(north->compile);
}

static bool
compile_changes(struct north *north)
{
    long long start = time_usec();

    if (north->nb_generation != idlconn_generation(north->nb)) {
        north->nb_generation = idlconn_generation(north->nb);
        compile_rescan(north->compile);
    }
    /* One at a time. */
    if (south_is_ready(north->south) && south_needs_replay(north->south)) {
        compile_replay(north->compile, SINK_SOUTH);
    } else if (north->replay) {
        north->replay = false;
        compile_replay(north->compile, SINK_OWN);
    }

    bool changed = compile_run(north->compile);
    north->nb_seqno = ovsdb_idl_get_seqno(north->nb->idl);
    ovsdb_idl_track_clear(north->nb->idl);
    if (changed) {
        north->compile_us = time_usec() - start;
        north->n_runs++;
    }
    if (!north->ready) {
        north->ready = true;
        VLOG_INFO("compiled the Northbound database in %lld us",
                  north->compile_us);
    }
    log_reports(north);
    north->nb_cfg = back_nb_cfg(north->back);
    south_set_nb_cfg(north->south, north->nb_cfg);
    return changed;
}

static void
write_back(struct north *north)
{
    int64_t sb_cfg = south_sb_cfg(north->south);
    int64_t hv_cfg = south_hv_cfg(north->south);

    /* Without a chassis, none has to catch up. */
    back_set_cfg(north->back, sb_cfg, MIN(hv_cfg, sb_cfg));
    back_write(north->back);
}

/* Changes cannot be compiled now, and whoever shares the replica does not want
 * to see them again. */
static void
pass_over(struct north *north)
{
    if (!is_own(north)
        && north->passed_seqno != ovsdb_idl_get_seqno(north->nb->idl)) {
        north->passed_seqno = ovsdb_idl_get_seqno(north->nb->idl);
        compile_rescan(north->compile);
        ovsdb_idl_track_clear(north->nb->idl);
    }
}

bool
north_run(struct north *north)
{
    bool changed = false;

    if (is_own(north)) {
        idlconn_run(north->nb);
    }
    back_run(north->back);
    south_run(north->south);
    if (!idlconn_is_connected(north->nb)) {
        pass_over(north);
    } else if (south_is_ready(north->south)) {
        changed = compile_changes(north);
        write_back(north);
    } else if (north->ready && south_is_cut_off(north->south)) {
        /* The other sink's packets do not wait for a server. */
        changed = compile_changes(north);
    } else {
        pass_over(north);
    }
    return changed;
}

void
north_wait(struct north *north)
{
    if (is_own(north)) {
        idlconn_wait(north->nb);
    }
    back_wait(north->back);
    south_wait(north->south);
    if (north->replay && idlconn_is_connected(north->nb)
        && south_is_ready(north->south)) {
        poll_immediate_wake();
    }
}

bool
north_is_ready(const struct north *north)
{
    return north->ready;
}

bool
north_is_active(const struct north *north)
{
    return south_is_ready(north->south);
}

bool
north_is_settled(const struct north *north)
{
    return south_is_settled(north->south);
}

int64_t
north_nb_cfg(const struct north *north)
{
    return north->nb_cfg;
}

void
north_replay(struct north *north)
{
    north->replay = true;
}

bool
north_tell(struct north *north, const struct csink *sink, size_t n,
           size_t *cursor)
{
    if (!north->ready
        || north->nb_seqno != ovsdb_idl_get_seqno(north->nb->idl)) {
        return false;
    }
    compile_tell(north->compile, sink, n, cursor);
    return true;
}

size_t
north_n_changes(const struct north *north)
{
    return north->n_runs;
}

void
north_set_self(struct north *north, const char *chassis)
{
    compile_set_fact(north->compile, CFACT_SELF, "chassis", chassis);
}

void
north_forecast(struct north *north, const struct uuid *lb, const char *vip,
               const char *backends)
{
    char *name = xasprintf(UUID_FMT" %s", UUID_ARGS(lb), vip);

    compile_set_fact(north->compile, CFACT_FORECAST, name, backends);
    free(name);
}

bool
north_vip_has_backends(const struct north *north, const struct uuid *lb,
                       const char *vip)
{
    const struct nbrec_load_balancer *row
        = nbrec_load_balancer_get_for_uuid(north->nb->idl, lb);
    const char *backends = row ? smap_get(&row->vips, vip) : NULL;

    return backends && backends[strspn(backends, ", \t")];
}

static void
add_report(void *reports, const struct diag *diag)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    diag_format(diag, &text);
    json_array_add(reports, json_string_create_nocopy(ds_steal_cstr(&text)));
}

struct json *
north_status(const struct north *north)
{
    struct json *json = json_object_create();
    struct json *reports = json_array_create_empty();
    struct compile_stats stats;
    struct south_stats south;

    compile_get_stats(north->compile, &stats);
    south_get_stats(north->south, &south);
    json_object_put(json, "ready", json_boolean_create(north->ready));
    json_object_put(json, "active",
                    json_boolean_create(north_is_active(north)));
    json_object_put(json, "flows", json_integer_create(stats.n_flows));
    json_object_put(json, "rows", json_integer_create(stats.n_rows));
    json_object_put(json, "runs", json_integer_create(north->n_runs));
    json_object_put(json, "last_compile_us",
                    json_integer_create(north->compile_us));
    json_object_put(json, "southbound_transactions",
                    json_integer_create(south.n_transactions));
    json_object_put(json, "southbound_failures",
                    json_integer_create(south.n_failures));
    if (south.n_failures) {
        json_object_put_string(json, "southbound_error", south.last_error);
    }
    compile_for_each_report(north->compile, 0, add_report, reports);
    json_object_put(json, "reports", reports);
    return json;
}
