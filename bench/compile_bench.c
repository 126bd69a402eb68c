/* How fast is the compiler?  Prints one JSON object.
 *
 *     compile_bench REMOTE CHANGES
 *
 * Compiles the Northbound database at REMOTE into a sink that counts, then
 * gives load balancers other backends, one in each of CHANGES transactions:
 *
 *     start_fetch_ms    from the connection until the replica is there
 *     start_compile_ms  from then until all has been compiled
 *     compute_us_*      of one change: compile_run()
 *     apply_us_*        and with the IDL's work on the update from the server
 *     round_trip_us_*   from before the transaction is sent until it is
 *                       compiled: there and back again
 *     rss_mb            resident memory after that
 */

#include "compile.h"
#include "ovn-nb-idl.h"

#include <stdio.h>

#include "now.h"

struct bench {
    struct ovsdb_idl *nb;
    struct compile *compile;
    size_t n_added, n_removed; /* Flows, in all. */
    size_t n_flows, n_rows;
    struct uuid *lbs;
    size_t n_lbs;
};

/* Of one kind of time. */
struct times {
    double *us;
    size_t n;
};

static double
rss_mb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (!file || fscanf(file, "%*u %lu", &pages) != 1) {
        ovs_fatal(errno, "/proc/self/statm");
    }
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024) / 1024.0;
}

static void *
add_flow(void *aux, const struct uuid *id, const struct cflow *flow)
{
    struct bench *b = aux;

    b->n_added++;
    b->n_flows++;
    return NULL;
}

static void
remove_flow(void *aux, const struct uuid *id, void *handle)
{
    struct bench *b = aux;

    b->n_removed++;
    b->n_flows--;
}

static void
set_row(void *aux, const char *table, const struct uuid *uuid,
        const struct json *row)
{
    struct bench *b = aux;

    b->n_rows++;
}

/* Until 'condition' of the replica. */
static void
run_until_changed(struct bench *b, unsigned int seqno)
{
    for (;;) {
        ovsdb_idl_run(b->nb);
        if (ovsdb_idl_has_ever_connected(b->nb)
            && ovsdb_idl_get_seqno(b->nb) != seqno) {
            return;
        }
        ovsdb_idl_wait(b->nb);
        poll_block();
    }
}

static void
list_balancers(struct bench *b)
{
    const struct nbrec_load_balancer *lb;
    size_t allocated = 0;

    NBREC_LOAD_BALANCER_FOR_EACH (lb, b->nb) {
        if (b->n_lbs == allocated) {
            b->lbs = x2nrealloc(b->lbs, &allocated, sizeof *b->lbs);
        }
        b->lbs[b->n_lbs++] = lb->header_.uuid;
    }
}

/* Every other time the backends are taken away, as when a service is put to
 * sleep; else there are new ones. */
static void
change_vips(const struct nbrec_load_balancer *lb, size_t round)
{
    const struct smap_node *node;
    struct smap vips = SMAP_INITIALIZER(&vips);
    char *backends = round % 2 ? xasprintf("10.9.%zu.%zu:8080",
                                           round / 250 % 250, round % 250)
                               : xstrdup("");

    SMAP_FOR_EACH (node, &lb->vips) {
        smap_add(&vips, node->key, backends);
    }
    nbrec_load_balancer_set_vips(lb, &vips);
    smap_destroy(&vips);
    free(backends);
}

/* Sends one change and compiles what comes of it. */
static void
run_change(struct bench *b, size_t round, struct times *times)
{
    const struct uuid *uuid = &b->lbs[(round * 7919) % b->n_lbs];
    double sent = now_us();
    struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(b->nb);
    const struct nbrec_load_balancer *lb
        = nbrec_load_balancer_get_for_uuid(b->nb, uuid);
    size_t n_told = b->n_added + b->n_removed;
    double began = 0;

    change_vips(lb, round);
    ovsdb_idl_txn_commit(txn);
    while (b->n_added + b->n_removed == n_told) {
        unsigned int seqno = ovsdb_idl_get_seqno(b->nb);

        began = now_us();
        ovsdb_idl_run(b->nb);
        if (ovsdb_idl_get_seqno(b->nb) != seqno) {
            double received = now_us();

            compile_run(b->compile);
            times[0].us[times[0].n++] = now_us() - received;
            ovsdb_idl_track_clear(b->nb);
        } else {
            ovsdb_idl_wait(b->nb);
            poll_block();
        }
    }
    double end = now_us();
    times[1].us[times[1].n++] = end - began;
    times[2].us[times[2].n++] = end - sent;
    while (ovsdb_idl_txn_commit(txn) == TXN_INCOMPLETE) {
        ovsdb_idl_run(b->nb);
        ovsdb_idl_txn_wait(txn);
        ovsdb_idl_wait(b->nb);
        poll_block();
    }
    if (ovsdb_idl_txn_commit(txn) != TXN_SUCCESS) {
        ovs_fatal(0, "a change of vips was refused: %s",
                  ovsdb_idl_txn_get_error(txn));
    }
    ovsdb_idl_txn_destroy(txn);
}

static int
compare_times(const void *a_, const void *b_)
{
    const double *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

static void
print_times(const char *name, struct times *times)
{
    qsort(times->us, times->n, sizeof *times->us, compare_times);
    printf(", \"%s_us_p50\": %.1f, \"%s_us_p99\": %.1f", name,
           times->us[times->n / 2], name,
           times->us[times->n - 1 - times->n / 100]);
    free(times->us);
}

static void
run_changes(struct bench *b, size_t n_changes)
{
    enum { N_KINDS = 3 };
    static const char *const names[N_KINDS] = {
        "compute", "apply", "round_trip",
    };
    struct times times[N_KINDS];
    size_t n_warm_up = n_changes / 10;

    for (size_t i = 0; i < N_KINDS; i++) {
        times[i].us = xmalloc((n_changes + n_warm_up) * sizeof(double));
    }
    for (size_t i = 0; i < n_warm_up + n_changes; i++) {
        if (i == 0 || i == n_warm_up) {
            for (size_t j = 0; j < N_KINDS; j++) {
                times[j].n = 0;
            }
        }
        run_change(b, i, times);
    }
    for (size_t i = 0; i < N_KINDS; i++) {
        print_times(names[i], &times[i]);
    }
}

int
main(int argc, char *argv[])
{
    struct bench b = { .n_added = 0 };
    struct csink sink = {
        .aux = &b,
        .has_handles = true,
        .add_flow = add_flow,
        .remove_flow = remove_flow,
        .set_row = set_row,
    };
    double began = now_us();

    set_program_name(argv[0]);
    if (argc != 3 || atoi(argv[2]) < 1) {
        ovs_fatal(0, "usage: %s REMOTE CHANGES", argv[0]);
    }
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_WARN);
    b.nb = ovsdb_idl_create(argv[1], &nbrec_idl_class, false, true);
    compile_add_columns(b.nb);
    run_until_changed(&b, ovsdb_idl_get_seqno(b.nb));
    double fetched = now_us(), fetched_mb = rss_mb();
    b.compile = compile_new(b.nb, &sink, 1);
    compile_run(b.compile);
    ovsdb_idl_track_clear(b.nb);
    printf("{\"start_fetch_ms\": %.1f, \"start_compile_ms\": %.1f, "
           "\"flows\": %zu, \"rows\": %zu, \"replica_mb\": %.1f, "
           "\"rss_mb\": %.1f", (fetched - began) / 1e3,
           (now_us() - fetched) / 1e3, b.n_flows, b.n_rows, fetched_mb,
           rss_mb());
    list_balancers(&b);
    run_changes(&b, atoi(argv[2]));
    struct compile_stats stats;
    compile_get_stats(b.compile, &stats);
    printf(", \"nodes\": %zu, \"edges\": %zu}\n", stats.n_nodes,
           stats.n_edges);
    compile_free(b.compile);
    ovsdb_idl_destroy(b.nb);
    free(b.lbs);
    return 0;
}
