/* How fast do packets go through the article's network?
 *
 *     pipeline_bench TABLES       as bench/pipeline writes them
 *
 * Rows of Logical_Flow that speak of an address in 172.31.0.0/16 are of load
 * balancers that are not loaded with the others: they come and go.  Prints
 * one JSON object on one line.  Times are the thread's processor time: other
 * programs on the machine cost cache, but not turns. */

#include <malloc.h>
#include <stdio.h>

#include "conntrack_peer.h"
#include "netload.h"
#include "now.h"
#include "pipeline_bench.h"
#include "row.h"

enum { N_RUNS = 9, N_BATCH = 256, N_NEW = 16, N_ROUNDS = 40 };
enum { N_CONNECTIONS = 1024, N_BACKENDS = 16 };

/* Times, in ns for each packet, of runs. */
struct series {
    double ns[N_RUNS];
    size_t n;
};

/* The median run and the best one. */
static void
print_series(const char *name, struct series *s)
{
    printf("\"%s_ns\": %.0f, \"%s_best_ns\": %.0f, ", name,
           bench_percentile(s->ns, s->n, 50), name,
           bench_percentile(s->ns, s->n, 0));
}

static double
used_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* The network. */

static bool
is_spare(const struct json *row)
{
    return (strstr(row_string(row, "match"), SPARE_PREFIX)
            || strstr(row_string(row, "actions"), SPARE_PREFIX));
}

/* Moves the spare rows out of the tables. */
static void
set_spares_apart(struct bench *b)
{
    struct json *flows = shash_find_data(json_object(b->tables),
                                         "Logical_Flow");
    size_t n = 0;

    b->spare = xcalloc(flows->array.n, sizeof *b->spare);
    for (size_t i = 0; i < flows->array.n; i++) {
        struct json *row = flows->array.elems[i];

        if (is_spare(row)) {
            if (!bench_spare_name(row)) {
                ovs_fatal(0, "a flow without the VIP in its match: %s",
                          row_string(row, "actions"));
            }
            b->spare[b->n_spare++] = row;
        } else {
            flows->array.elems[n++] = row;
        }
    }
    flows->array.n = n;
    qsort(b->spare, b->n_spare, sizeof *b->spare, bench_compare_spares);
}

/* How many load balancers the loaded flows are of. */
static size_t
count_balancers(const struct json *flows)
{
    size_t n = 0;

    for (size_t i = 0; i < flows->array.n; i++) {
        const struct json *row = flows->array.elems[i];

        n += (row_integer(row, "table_id") == 12
              && strstr(row_string(row, "actions"), "ct_lb_mark(backends="));
    }
    return n;
}

static void
load(struct bench *b, const char *path)
{
    struct svec problems = SVEC_EMPTY_INITIALIZER;

    b->tables = json_from_file(path);
    if (b->tables->type != JSON_OBJECT) {
        ovs_fatal(0, "%s: no tables", path);
    }
    set_spares_apart(b);

    const struct json *flows = shash_find_data(json_object(b->tables),
                                               "Logical_Flow");
    double bytes = used_bytes();
    double t0 = now_cpu_ns();
    b->network = network_new();
    netload(b->network, b->tables, &problems);
    double ns = now_cpu_ns() - t0;
    bytes = used_bytes() - bytes;
    for (size_t i = 0; i < problems.n; i++) {
        ovs_fatal(0, "%s", problems.names[i]);
    }
    b->client = network_find_port(b->network, "client");
    if (!b->client) {
        ovs_fatal(0, "%s: no port \"client\"", path);
    }
    b->n_balancers = count_balancers(flows);
    b->now_ms = time_msec();
    printf("{\"balancers\": %"PRIuSIZE", \"flows\": %"PRIuSIZE", "
           "\"load_ms\": %.0f, \"bytes_per_flow\": %.0f, ",
           b->n_balancers, flows->array.n, ns / 1e6, bytes / flows->array.n);
    svec_destroy(&problems);
}

/* Packets. */

static struct dp_packet *
compose(const struct flow *flow)
{
    struct dp_packet *packet = dp_packet_new(128);

    flow_compose(packet, flow, NULL, 0);
    return packet;
}

/* What the client sends to a load balancer in its connection 'id'. */
static struct flow
client_flow(const struct bench *b, uint32_t id, uint16_t tcp_flags)
{
    uint32_t balancer = id * 7919 % b->n_balancers;

    return (struct flow) {
        .dl_src = ETH_ADDR_C(00, 00, 00, 00, 01, 02),
        .dl_dst = ETH_ADDR_C(00, 00, 00, 00, ff, 01),
        .dl_type = htons(ETH_TYPE_IP),
        .nw_proto = IPPROTO_TCP,
        .nw_ttl = 64,
        .nw_src = htonl(0x0a000002),
        .nw_dst = htonl(0xac100001 + (balancer / 250 << 8) + balancer % 250),
        .tp_src = htons(1024 + id % 60000),
        .tp_dst = htons(80),
        .tcp_flags = htons(tcp_flags),
    };
}

/* What a backend that received 'packet' answers. */
static struct flow
reply_flow(const struct dp_packet *packet, uint16_t tcp_flags)
{
    struct flow in;

    flow_extract(CONST_CAST(struct dp_packet *, packet), &in);
    return (struct flow) {
        .dl_src = in.dl_dst, .dl_dst = in.dl_src,
        .dl_type = in.dl_type, .nw_proto = in.nw_proto, .nw_ttl = 64,
        .nw_src = in.nw_dst, .nw_dst = in.nw_src,
        .tp_src = in.tp_dst, .tp_dst = in.tp_src,
        .tcp_flags = htons(tcp_flags),
    };
}

/* Runs a packet; the one that comes out is the caller's, and '*port' where it
 * did. */
static struct dp_packet *
run(struct bench *b, struct dp_packet *packet, const struct net_port *inport,
    const struct net_port **port)
{
    struct pipe_verdict verdict;

    pipe_verdict_init(&verdict);
    pipeline_run(b->pipeline, &packet, inport, b->now_ms, NULL, &verdict);
    if (verdict.n != 1 || verdict.effects[0].type != EFFECT_OUTPUT) {
        ovs_fatal(0, "a packet was not delivered, but: %d, %s",
                  verdict.n ? verdict.effects[0].type : -1,
                  verdict.n ? drop_reason_name(verdict.effects[0].reason)
                  : "nothing");
    }
    *port = verdict.effects[0].port;

    struct dp_packet *out = pipe_effect_steal_packet(&verdict.effects[0]);
    pipe_verdict_uninit(&verdict);
    return out;
}

/* Runs 'n' packets, and says how long each took. */
static double
run_all(struct bench *b, struct dp_packet **packets,
        const struct net_port *const *inports, size_t n)
{
    size_t n_delivered = 0;

    double t0 = now_cpu_ns();
    for (size_t i = 0; i < n; i++) {
        struct pipe_verdict verdict;

        pipe_verdict_init(&verdict);
        pipeline_run(b->pipeline, &packets[i], inports[i], b->now_ms, NULL,
                     &verdict);
        n_delivered += (verdict.n == 1
                        && verdict.effects[0].type == EFFECT_OUTPUT);
        pipe_verdict_uninit(&verdict);
    }
    double ns = now_cpu_ns() - t0;

    ovsrcu_quiesce();
    if (n_delivered != n) {
        ovs_fatal(0, "only %"PRIuSIZE" of %"PRIuSIZE" packets arrived",
                  n_delivered, n);
    }
    return ns / n;
}

/* The first packets of connections that nobody has seen before. */
static double
bench_new(struct bench *b)
{
    struct dp_packet *packets[N_BATCH];
    const struct net_port *inports[N_BATCH];
    double ns = 0;

    for (uint32_t i = 0; i < N_NEW; i++) {
        for (uint32_t j = 0; j < N_BATCH; j++) {
            struct flow flow = client_flow(
                b, N_CONNECTIONS + i * N_BATCH + j, TCP_SYN);

            packets[j] = compose(&flow);
            inports[j] = b->client;
        }
        ns += run_all(b, packets, inports, N_BATCH);
    }
    return ns / N_NEW;
}

struct connection {
    struct flow request; /* As the client sends it. */
    struct flow reply;   /* As the backend does... */
    const struct net_port *backend; /* ...from there. */
};

static void
establish(struct bench *b, uint32_t id, struct connection *c)
{
    const struct net_port *port;
    struct flow flow = client_flow(b, id, TCP_SYN);
    struct dp_packet *out = run(b, compose(&flow), b->client, &c->backend);
    struct flow answer = reply_flow(out, TCP_SYN | TCP_ACK);

    dp_packet_delete(out);
    dp_packet_delete(run(b, compose(&answer), c->backend, &port));
    if (port != b->client || strncmp(c->backend->name, "backend", 7)) {
        ovs_fatal(0, "connected %s with %s", port->name, c->backend->name);
    }
    c->request = client_flow(b, id, TCP_ACK);
    out = run(b, compose(&c->request), b->client, &port);
    if (port != c->backend) {
        ovs_fatal(0, "a connection went to %s, and then to %s",
                  c->backend->name, port->name);
    }
    c->reply = reply_flow(out, TCP_ACK);
    dp_packet_delete(out);
}

/* Packets of connections that exist, in one direction. */
static double
bench_established(struct bench *b, const struct connection *connections,
                  bool reply)
{
    struct dp_packet *packets[N_BATCH];
    const struct net_port *inports[N_BATCH];
    double ns = 0;

    for (uint32_t i = 0; i < N_ROUNDS; i++) {
        for (uint32_t j = 0; j < N_BATCH; j++) {
            const struct connection *c
                = &connections[(i * N_BATCH + j) * 7 % N_CONNECTIONS];

            packets[j] = compose(reply ? &c->reply : &c->request);
            inports[j] = reply ? c->backend : b->client;
        }
        ns += run_all(b, packets, inports, N_BATCH);
    }
    return ns / N_ROUNDS;
}

static void
bench_packets(struct bench *b)
{
    struct connection *connections = xcalloc(N_CONNECTIONS,
                                             sizeof *connections);
    struct series new = { .n = 0 }, request = { .n = 0 }, reply = { .n = 0 };

    for (int i = 0; i < N_RUNS; i++) {
        b->pipeline = pipeline_new(b->network);
        for (uint32_t id = 0; id < N_CONNECTIONS; id++) {
            establish(b, id, &connections[id]);
        }
        new.ns[new.n++] = bench_new(b);
        request.ns[request.n++] = bench_established(b, connections, false);
        reply.ns[reply.n++] = bench_established(b, connections, true);
        pipeline_free(b->pipeline);
        ovsrcu_barrier();
    }
    print_series("new", &new);
    print_series("established", &request);
    print_series("reply", &reply);
    free(connections);
}

/* The same first and later packets, through conntrack alone. */
static void
bench_peer(const struct bench *b)
{
    struct series new = { .n = 0 }, established = { .n = 0 };
    struct flow *flows = xcalloc(N_NEW * N_BATCH, sizeof *flows);

    for (uint32_t id = 0; id < N_NEW * N_BATCH; id++) {
        flows[id] = client_flow(b, id, TCP_SYN);
    }
    for (int i = 0; i < N_RUNS; i++) {
        struct conntrack_peer peer = conntrack_peer_measure(
            flows, N_NEW * N_BATCH, b->now_ms);

        new.ns[new.n++] = peer.new_ns;
        established.ns[established.n++] = peer.established_ns;
    }
    print_series("conntrack_new", &new);
    print_series("conntrack_established", &established);
    free(flows);
}

int
main(int argc, char *argv[])
{
    struct bench b = { .n_spare = 0 };

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    /* Memory is not given back to the kernel and taken again all the time: as
     * in a process that has been running for a while. */
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    if (argc != 2) {
        ovs_fatal(0, "usage: %s TABLES", argv[0]);
    }
    load(&b, argv[1]);
    bench_packets(&b);
    bench_peer(&b);
    bench_changes(&b);
    network_free(b.network);
    for (size_t i = 0; i < b.n_spare; i++) {
        json_destroy(b.spare[i]);
    }
    free(b.spare);
    json_destroy(b.tables);
    ovsrcu_exit();
    return 0;
}
