/* Transactions: when they are sent, and what comes of them. */

#include "south_private.h"

#include <malloc.h>

#include "rows.h"

VLOG_DEFINE_THIS_MODULE(south_send);

#define RETRY_MS 1000

/* --- Transactions --- */

static size_t
n_fill_left(const struct south *s)
{
    return (sops_is_empty(&s->fill) ? 0 : 1) + s->loose.n_pieces;
}

unsigned int
south_next_number(const struct south *s)
{
    return s->n_transactions + (s->whole ? 0 : n_fill_left(s)) + 1;
}

/* SB_Global.nb_cfg as it will be when all that was sent is done. */
static int64_t
cfg_under_way(const struct south *s)
{
    for (size_t i = s->n_requests; i-- > 0; ) {
        if (s->requests[i].nb_cfg >= 0) {
            return s->requests[i].nb_cfg;
        }
    }
    return s->sb_cfg;
}

static bool
is_cfg_due(const struct south *s)
{
    return s->nb_cfg != cfg_under_way(s) || !s->has_global;
}

static void
add_nb_cfg(struct south *s)
{
    struct json *columns = json_object_create();

    row_put_integer(columns, "nb_cfg", s->nb_cfg);
    sops_put(&s->operations, "SB_Global", s->has_global, columns);
    s->has_global = true;
    s->n_operations++;
    json_destroy(columns);
}

/* False: the connection is lost.  There will be another, and a replay. */
static bool
send_transaction(struct south *s, struct sops *ops, size_t n_pieces,
                 int64_t nb_cfg)
{
    struct json *id = ovsdb_cs_send_transaction(
        s->cs, sops_take(ops, "OVN_Southbound", n_pieces));

    s->n_transactions++;
    if (!id) {
        s->lost = true;
        return false;
    }
    s->requests[s->n_requests++] = (struct south_request) {
        .id = id, .nb_cfg = nb_cfg,
    };
    return true;
}

/* The next transaction that is due, if any may be sent now. */
static bool
send_next(struct south *s)
{
    if (s->n_requests == SOUTH_MAX_REQUESTS || !s->swept
        || !south_is_ready(s) || !ovsdb_cs_may_send_transaction(s->cs)
        || s->retry_at_ms) {
        return false;
    }
    if (!sops_is_empty(&s->fill)) {
        return send_transaction(s, &s->fill, SIZE_MAX, -1);
    } else if (!sops_is_empty(&s->loose)) {
        return send_transaction(s, &s->loose, 1, -1);
    } else if (!s->n_requests
               && (!sops_is_empty(&s->operations) || is_cfg_due(s))) {
        bool cfg = is_cfg_due(s);

        if (cfg) {
            add_nb_cfg(s);
        }
        return send_transaction(s, &s->operations, SIZE_MAX,
                                cfg ? s->nb_cfg : -1);
    }
    return false;
}

static void
send_due(struct south *s)
{
    if (time_msec() >= s->retry_at_ms) {
        s->retry_at_ms = 0;
    }
    while (send_next(s)) {
        continue;
    }
}

static void
forget_requests(struct south *s)
{
    for (size_t i = 0; i < s->n_requests; i++) {
        json_destroy(s->requests[i].id);
    }
    s->n_requests = 0;
    s->n_answered = s->n_transactions;
}

/* Nobody knows what of it was done: ask for everything again. */
static void
start_over(struct south *s)
{
    struct south_row *row;

    sops_clear(&s->fill);
    sops_clear(&s->loose);
    sops_clear(&s->operations);
    forget_requests(s);
    HMAP_FOR_EACH (row, node, &s->rows) {
        row->told = false;
    }
    s->whole = s->refused;
    s->swept = false;
    s->needs_replay = true;
}

/* --- Replies --- */

static const char *
reply_error(const struct jsonrpc_msg *reply, char **text)
{
    const struct json *result = reply->result;

    if (reply->type == JSONRPC_ERROR) {
        *text = reply->error ? json_to_string(reply->error, 0)
                             : xstrdup("error");
        return *text;
    }
    for (size_t i = 0; result && result->type == JSON_ARRAY
                       && i < json_array(result)->n; i++) {
        const struct json *answer = json_array(result)->elems[i];

        if (answer->type == JSON_OBJECT
            && shash_find(json_object(answer), "error")) {
            *text = json_to_string(answer, JSSF_SORT);
            return *text;
        }
    }
    return NULL;
}

static void
take_error(struct south *s, const char *text)
{
    s->n_failures++;
    s->refused = true;
    ovs_strlcpy(s->last_error, text, sizeof s->last_error);
    VLOG_WARN("the Southbound database refused a transaction, which is "
              "made again: %s", text);
    s->retry_at_ms = time_msec() + RETRY_MS;
    /* What exists, only a new snapshot tells. */
    ovsdb_cs_flag_inconsistency(s->cs);
}

/* The server answers in order. */
static void
handle_reply(struct south *s, const struct jsonrpc_msg *reply)
{
    const struct south_request *first = &s->requests[0];
    char *text = NULL;

    if (!s->n_requests || !reply->id || !json_equal(first->id, reply->id)) {
        return;
    }
    if (reply_error(reply, &text)) {
        take_error(s, text);
        forget_requests(s);
        free(text);
        return;
    }
    if (first->nb_cfg >= 0) {
        s->sb_cfg = first->nb_cfg;
    }
    json_destroy(first->id);
    s->n_requests--;
    memmove(s->requests, s->requests + 1,
            s->n_requests * sizeof *s->requests);
    s->n_answered++;
    s->refused = false;
    if (s->trim && !s->n_requests && !n_fill_left(s)) {
        /* What a start took: the snapshots of two databases and the texts of
         * all flows.  It is not needed again soon. */
        malloc_trim(0);
        s->trim = false;
    }
}

/* --- The loop --- */

static void
handle_event(struct south *s, const struct ovsdb_cs_event *event)
{
    switch (event->type) {
    case OVSDB_CS_EVENT_TYPE_RECONNECT:
        s->synced = false;
        if (s->lost || s->n_requests || !sops_is_empty(&s->fill)
            || !sops_is_empty(&s->loose) || !sops_is_empty(&s->operations)) {
            /* A difference to what the server last told is not enough: what
             * of it is done, is not known. */
            ovsdb_cs_flag_inconsistency(s->cs);
        }
        s->lost = false;
        start_over(s);
        break;

    case OVSDB_CS_EVENT_TYPE_UPDATE:
        south_update(s, &event->update);
        break;

    case OVSDB_CS_EVENT_TYPE_TXN_REPLY:
        handle_reply(s, event->txn_reply);
        break;

    case OVSDB_CS_EVENT_TYPE_LOCKED:
        /* Another one wrote until now. */
        start_over(s);
        break;
    }
}

void
south_run(struct south *s)
{
    struct ovsdb_cs_event *event;
    struct ovs_list events;

    ovsdb_cs_run(s->cs, &events);
    LIST_FOR_EACH_POP (event, list_node, &events) {
        handle_event(s, event);
        ovsdb_cs_event_destroy(event);
    }
    send_due(s);
}

/* Sends here what has been compiled, so that a network in the same process
 * comes first. */
void
south_wait(struct south *s)
{
    send_due(s);
    ovsdb_cs_wait(s->cs);
    if (s->retry_at_ms) {
        poll_timer_wait_until(s->retry_at_ms);
    }
    if (s->needs_replay && south_is_ready(s)) {
        poll_immediate_wake();
    }
}

bool
south_is_connected(const struct south *s)
{
    return s->synced && ovsdb_cs_is_connected(s->cs);
}

bool
south_is_ready(const struct south *s)
{
    return south_is_connected(s) && ovsdb_cs_has_lock(s->cs);
}

bool
south_is_cut_off(const struct south *s)
{
    return !south_is_ready(s) && !ovsdb_cs_is_lock_contended(s->cs);
}

bool
south_needs_replay(struct south *s)
{
    bool needs = s->needs_replay;

    s->needs_replay = false;
    return needs;
}

void
south_set_nb_cfg(struct south *s, int64_t nb_cfg)
{
    s->nb_cfg = nb_cfg;
}

int64_t
south_sb_cfg(const struct south *s)
{
    return s->sb_cfg;
}

int64_t
south_hv_cfg(const struct south *s)
{
    const struct simap_node *node;
    int64_t least = INT64_MAX;

    SIMAP_FOR_EACH (node, &s->chassis_cfg) {
        least = MIN(least, node->data);
    }
    return least;
}

bool
south_is_settled(const struct south *s)
{
    return (!s->n_requests && !n_fill_left(s)
            && sops_is_empty(&s->operations));
}

void
south_get_stats(const struct south *s, struct south_stats *stats)
{
    *stats = (struct south_stats) {
        .n_rows = hmap_count(&s->rows),
        .n_transactions = s->n_transactions,
        .n_operations = s->n_operations,
        .n_failures = s->n_failures,
    };
    ovs_strlcpy(stats->last_error, s->last_error, sizeof stats->last_error);
}

