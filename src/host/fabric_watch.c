/* Who uses which service: conntrack and the fast path, told to a watcher. */

#include "fabric_private.h"

/* Entries of the fast path are told apart from connections, and one direction
 * from the other, by zones that conntrack does not use. */
#define ZONE_FAST 0xfffe
#define ZONE_FAST_REPLY 0xffff

static void
take_connection(void *f_, const struct pipe_connection *conn)
{
    struct fabric *f = f_;

    watcher_add(f->watcher, &(struct watch_conn) {
        .src = conn->src,
        .dst = conn->dst,
        .sport = conn->sport,
        .dport = conn->dport,
        .zone = conn->zone,
        .proto = conn->proto,
        .open = conn->open,
        .timeout_s = conn->timeout_s,
    });
}

/* Conntrack, which has the connection, too, does not see these packets. */
static void
take_use(void *f_, const struct datapath_use *use)
{
    struct fabric *f = f_;

    watcher_add(f->watcher, &(struct watch_conn) {
        .src = use->src,
        .dst = use->dst,
        .sport = use->sport,
        .dport = use->dport,
        .zone = use->is_reply ? ZONE_FAST_REPLY : ZONE_FAST,
        .proto = use->proto,
        .timeout_s = -1,
        .n_packets = use->packets,
        .n_bytes = use->bytes,
    });
}

void
fabric_watch_run(struct fabric *f)
{
    if (!f->watcher) {
        return;
    }
    watcher_run(f->watcher, f->now_ms);
    if (watcher_wants(f->watcher, f->now_ms)) {
        watcher_begin(f->watcher, f->now_ms);
        datapath_catch_up(f->datapath, f->now_ms);
        pipeline_each_connection(f->pipeline, take_connection, f);
        datapath_each_use(f->datapath, take_use, f);
        watcher_end(f->watcher, time_msec());
    }
}

void
fabric_watch_wait(const struct fabric *f)
{
    if (f->watcher) {
        watcher_wait(f->watcher);
    }
}
