/* What the files of pipeline_bench share. */

#ifndef PIPELINE_BENCH_H
#define PIPELINE_BENCH_H 1

#include "pipeline.h"

/* In flows of load balancers that are not loaded with the others. */
#define SPARE_PREFIX "172.31."

struct bench {
    struct json *tables;
    struct network *network;
    struct pipeline *pipeline;
    const struct net_port *client;
    struct json **spare; /* Rows of Logical_Flow, balancer by balancer. */
    size_t n_spare;
    size_t n_balancers;
    long long now_ms;
};

/* pipeline_changes.c */

/* Sorts. */
double bench_percentile(double *values, size_t n, size_t percent);

/* The spare balancer that a flow is of: its VIP, which is all there is of the
 * kind in it; NULL if it is of none. */
const char *bench_spare_name(const struct json *row);
/* Of pointers to rows: for qsort(). */
int bench_compare_spares(const void *, const void *);

/* Adds and removes the spare balancers, and prints how long that took. */
void bench_changes(struct bench *);

#endif /* bench/pipeline_bench.h */
