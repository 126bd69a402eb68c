#include "pipeline_bench.h"

#include <stdio.h>

#include "now.h"
#include "row.h"

#define N_ROUNDS 10

static int
compare_doubles(const void *a_, const void *b_)
{
    const double *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

double
bench_percentile(double *values, size_t n, size_t percent)
{
    qsort(values, n, sizeof *values, compare_doubles);
    return values[MIN(n * percent / 100, n - 1)];
}

const char *
bench_spare_name(const struct json *row)
{
    return strstr(row_string(row, "match"), SPARE_PREFIX);
}

int
bench_compare_spares(const void *a_, const void *b_)
{
    const struct json *const *a = a_, *const *b = b_;
    const char *x = bench_spare_name(*a), *y = bench_spare_name(*b);

    return strncmp(x, y, MAX(strspn(x, "0123456789."),
                             strspn(y, "0123456789.")));
}

/* The datapaths that flows of load balancers are in: of the row itself, or of
 * its group. */
static size_t
row_datapaths(const struct bench *b, const struct json *row,
              struct ldatapath **datapaths, size_t max)
{
    const struct json *groups = row_column(b->tables, "Logical_DP_Group");
    char **uuids;
    size_t n = row_strings(row, "logical_datapath", &uuids), n_found = 0;

    for (size_t i = 0; !n && i < groups->array.n; i++) {
        if (!strcmp(row_string(groups->array.elems[i], "_uuid"),
                    row_string(row, "logical_dp_group"))) {
            free(uuids);
            n = row_strings(groups->array.elems[i], "datapaths", &uuids);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (uint32_t key = 1; key < 10; key++) {
            struct net_datapath *dp = network_find_datapath(b->network, key);
            struct uuid uuid;

            if (dp && n_found < max && uuid_from_string(&uuid, uuids[i])
                && uuid_equals(&uuid, &dp->uuid)) {
                datapaths[n_found++] = dp->flows;
            }
        }
    }
    free(uuids);
    return n_found;
}

struct spare {
    struct lflow_desc desc;
    struct ldatapath *datapaths[4];
    const struct lflow *flow;
};

static void
read_spare(const struct bench *b, const struct json *row, struct spare *s)
{
    s->desc = (struct lflow_desc) {
        .datapaths = s->datapaths,
        .n_datapaths = row_datapaths(b, row, s->datapaths,
                                     ARRAY_SIZE(s->datapaths)),
        .pipeline = strcmp(row_string(row, "pipeline"), "egress")
                    ? PIPELINE_INGRESS : PIPELINE_EGRESS,
        .stage = row_integer(row, "table_id"),
        .priority = row_integer(row, "priority"),
        .match = row_string(row, "match"),
        .actions = row_string(row, "actions"),
    };
    if (!s->desc.n_datapaths
        || !uuid_from_string(&s->desc.uuid, row_string(row, "_uuid"))) {
        ovs_fatal(0, "a flow without a datapath");
    }
}

static double
add_spare(struct bench *b, struct spare *spares, size_t n)
{
    double t0 = now_cpu_ns();

    for (size_t i = 0; i < n; i++) {
        char *error = NULL;

        spares[i].flow = ltables_add(network_tables(b->network),
                                     &spares[i].desc, &error);
        if (!spares[i].flow) {
            ovs_fatal(0, "%s", error);
        }
    }
    ltables_publish(network_tables(b->network));
    return now_cpu_ns() - t0;
}

static double
remove_spare(struct bench *b, const struct spare *spares, size_t n)
{
    double t0 = now_cpu_ns();

    for (size_t i = 0; i < n; i++) {
        ltables_remove(network_tables(b->network), spares[i].flow);
    }
    ltables_publish(network_tables(b->network));
    return now_cpu_ns() - t0;
}

void
bench_changes(struct bench *b)
{
    struct spare *spares = xcalloc(b->n_spare, sizeof *spares);
    double *add = xcalloc(b->n_spare * N_ROUNDS, sizeof *add);
    double *remove = xcalloc(b->n_spare * N_ROUNDS, sizeof *remove);
    size_t n = 0;

    for (size_t i = 0; i < b->n_spare; i++) {
        read_spare(b, b->spare[i], &spares[i]);
    }
    for (int round = 0; round < N_ROUNDS; round++) {
        size_t end;

        for (size_t i = 0; i < b->n_spare; i = end) {
            for (end = i + 1; end < b->n_spare
                 && !bench_compare_spares(&b->spare[i], &b->spare[end]);
                 end++) {
                continue;
            }
            add[n] = add_spare(b, &spares[i], end - i);
            ovsrcu_quiesce();
            remove[n++] = remove_spare(b, &spares[i], end - i);
            ovsrcu_quiesce();
        }
    }
    if (!n) {
        ovs_fatal(0, "no load balancer to add and to remove");
    }
    printf("\"changes\": %"PRIuSIZE", "
           "\"add_us_p50\": %.1f, \"add_us_p99\": %.1f, "
           "\"remove_us_p50\": %.1f, \"remove_us_p99\": %.1f}\n", n,
           bench_percentile(add, n, 50) / 1e3,
           bench_percentile(add, n, 99) / 1e3,
           bench_percentile(remove, n, 50) / 1e3,
           bench_percentile(remove, n, 99) / 1e3);
    free(spares);
    free(add);
    free(remove);
}
