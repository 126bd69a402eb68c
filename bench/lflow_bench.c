/* How fast are matches and flow tables?  Prints one JSON object.
 *
 *     lflow_bench BALANCER        tests/data/lflow/balancer.txt
 *
 *     acl_1000x1000   one ACL of 1,000 x 1,000 addresses: from text to rules
 *     balancer        the flows of one load balancer, as stock ovn-northd
 *                     writes them, with 10,000 others loaded: to add and to
 *                     remove them, each until look-ups see it; and a look-up
 */

#include "act_table.h"
#include "lflow.h"

#include <malloc.h>
#include <stdio.h>

#include "now.h"

enum { N_BALANCERS = 10000, N_CHANGES = 2000, N_LOOKUPS = 2000000 };
enum { MAX_TEMPLATES = 16 };

struct template {
    enum lpipeline pipeline;
    int stage;
    int priority;
    char datapaths[64]; /* Names, separated by commas. */
    char *match;        /* "%s" is the VIP. */
    char *actions;
};

struct bench {
    struct symtab *symtab;
    struct ltables *tables;
    struct ldatapath *datapaths[3]; /* sw0, sw1, lr0. */
    struct template templates[MAX_TEMPLATES];
    size_t n_templates;
};

static bool
port_key(void *aux, uint32_t datapath, const char *name, uint32_t *key)
{
    *key = hash_string(name, 0) & 0x7fff;
    return true;
}

static bool
is_resident(void *aux, const char *port)
{
    return true;
}

static double
used_mb(void)
{
    struct mallinfo2 info = mallinfo2();

    return (info.uordblks + info.hblkhd) / 1e6;
}

static void
put_addresses(struct ds *s, int second)
{
    ds_put_cstr(s, "{");
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t host = i * 65521 / 997;

        ds_put_format(s, "10.%d.%d.%d, ", second, host >> 8 & 0xff,
                      host & 0xff);
    }
    ds_put_cstr(s, "}");
}

static void
bench_acl(const struct symtab *symtab, const struct lenv *env)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct expr_rules rules;
    char *error = NULL;

    ds_put_cstr(&text, "ip4.src == ");
    put_addresses(&text, 1);
    ds_put_cstr(&text, " && ip4.dst == ");
    put_addresses(&text, 2);
    ds_put_cstr(&text, " && tcp.dst == {80, 443}");

    double mb = used_mb();
    double t0 = now_us();
    struct expr *expr = expr_parse(ds_cstr(&text), symtab, &error);
    if (!expr) {
        ovs_fatal(0, "%s", error);
    }
    double t1 = now_us();
    if (!expr_compile(expr, env, 1, &rules, &error)) {
        ovs_fatal(0, "%s", error);
    }
    double t2 = now_us();
    printf("  \"acl_1000x1000\": {\"parse_ms\": %.2f, \"compile_ms\": %.2f, "
           "\"rules\": %"PRIuSIZE", \"mb\": %.2f},\n",
           (t1 - t0) / 1e3, (t2 - t1) / 1e3, rules.n, used_mb() - mb);
    expr_rules_uninit(&rules);
    expr_free(expr);
    ds_destroy(&text);
}

/* Load balancers. */

static void
read_templates(struct bench *b, const char *path)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    FILE *file = fopen(path, "r");

    if (!file) {
        ovs_fatal(errno, "%s", path);
    }
    while (b->n_templates < MAX_TEMPLATES && !ds_get_line(&line, file)) {
        struct template *t = &b->templates[b->n_templates++];
        char *save = NULL;
        char *head = strtok_r(ds_cstr(&line), "\t", &save);
        char pipeline[16];

        if (sscanf(head, "%15s %d %d %63s", pipeline, &t->stage, &t->priority,
                   t->datapaths) != 4) {
            ovs_fatal(0, "%s: %s", path, head);
        }
        t->pipeline = (strcmp(pipeline, "ingress") ? PIPELINE_EGRESS
                       : PIPELINE_INGRESS);
        t->match = nullable_xstrdup(strtok_r(NULL, "\t", &save));
        t->actions = nullable_xstrdup(strtok_r(NULL, "\t", &save));
    }
    fclose(file);
    ds_destroy(&line);
}

/* 'text' with 'vip' for each "%s"; the caller's. */
static char *
fill_in(const char *text, const char *vip)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (const char *p = text; *p; p++) {
        if (p[0] == '%' && p[1] == 's') {
            ds_put_cstr(&s, vip);
            p++;
        } else {
            ds_put_char(&s, *p);
        }
    }
    return ds_steal_cstr(&s);
}

/* A load balancer's flows. */
struct balancer {
    const struct lflow *flows[MAX_TEMPLATES];
};

static void
balancer_add(struct bench *b, uint32_t number, struct balancer *balancer)
{
    char *vip = xasprintf("172.%d.%d.1", 16 + number / 256, number % 256);

    for (size_t i = 0; i < b->n_templates; i++) {
        const struct template *t = &b->templates[i];
        bool in_switches = t->datapaths[0] == 's';
        char *match = fill_in(t->match, vip);
        char *actions = fill_in(t->actions, vip);
        char *error = NULL;
        struct lflow_desc desc = {
            .datapaths = in_switches ? b->datapaths : &b->datapaths[2],
            .n_datapaths = in_switches ? 2 : 1,
            .pipeline = t->pipeline,
            .stage = t->stage,
            .priority = t->priority,
            .match = match,
            .actions = actions,
        };

        balancer->flows[i] = ltables_add(b->tables, &desc, &error);
        if (!balancer->flows[i]) {
            ovs_fatal(0, "%s: %s", match, error);
        }
        free(match);
        free(actions);
    }
    free(vip);
}

static void
balancer_remove(struct bench *b, struct balancer *balancer)
{
    for (size_t i = 0; i < b->n_templates; i++) {
        ltables_remove(b->tables, balancer->flows[i]);
    }
}

static double
bench_lookup(struct bench *b, struct flow_wildcards *wc)
{
    struct flow packet = {
        .dl_type = htons(ETH_TYPE_IP),
        .nw_proto = IPPROTO_TCP,
        .tp_dst = htons(80),
        .ct_state = CS_TRACKED | CS_NEW,
    };
    size_t n_found = 0;

    double t0 = now_us();
    for (uint32_t i = 0; i < N_LOOKUPS; i++) {
        uint32_t number = hash_int(i, 0) % N_BALANCERS;

        packet.nw_dst = htonl(0xac100001 + (number << 8));
        n_found += ldatapath_lookup(b->datapaths[0], PIPELINE_INGRESS, 12,
                                    &packet, wc) != NULL;
    }
    if (n_found != N_LOOKUPS) {
        ovs_fatal(0, "only %"PRIuSIZE" packets found their flow", n_found);
    }
    return (now_us() - t0) * 1e3 / N_LOOKUPS;
}

static int
compare_doubles(const void *a_, const void *b_)
{
    const double *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

static void
bench_balancers(struct bench *b)
{
    struct balancer *all = xcalloc(N_BALANCERS, sizeof *all);
    double *add_us = xcalloc(N_CHANGES, sizeof *add_us);
    double *remove_us = xcalloc(N_CHANGES, sizeof *remove_us);
    double mb = used_mb();

    double t0 = now_us();
    for (uint32_t i = 0; i < N_BALANCERS; i++) {
        balancer_add(b, i, &all[i]);
    }
    ltables_publish(b->tables);
    double load_us = now_us() - t0;
    mb = used_mb() - mb;

    for (int i = 0; i < N_CHANGES; i++) {
        uint32_t number = hash_int(i, 1) % N_BALANCERS;

        t0 = now_us();
        balancer_remove(b, &all[number]);
        ltables_publish(b->tables);
        double t1 = now_us();
        balancer_add(b, number, &all[number]);
        ltables_publish(b->tables);
        remove_us[i] = t1 - t0;
        add_us[i] = now_us() - t1;
        ovsrcu_quiesce();
    }
    qsort(add_us, N_CHANGES, sizeof *add_us, compare_doubles);
    qsort(remove_us, N_CHANGES, sizeof *remove_us, compare_doubles);

    struct flow_wildcards wc;
    flow_wildcards_init_catchall(&wc);
    printf("  \"balancer\": {\"loaded\": %d, \"flows\": %"PRIuSIZE", "
           "\"load_ms\": %.0f, \"mb\": %.1f,\n"
           "    \"add_us_p50\": %.1f, \"add_us_p99\": %.1f, "
           "\"remove_us_p50\": %.1f, \"remove_us_p99\": %.1f,\n"
           "    \"lookup_ns\": %.0f, \"lookup_wildcards_ns\": %.0f}\n",
           N_BALANCERS, b->n_templates, load_us / 1e3, mb,
           add_us[N_CHANGES / 2], add_us[N_CHANGES * 99 / 100],
           remove_us[N_CHANGES / 2], remove_us[N_CHANGES * 99 / 100],
           bench_lookup(b, NULL), bench_lookup(b, &wc));
    free(all);
    free(add_us);
    free(remove_us);
}

int
main(int argc, char *argv[])
{
    struct lenv env = lenv_empty;
    struct bench b = { .symtab = symtab_new() };

    set_program_name(argv[0]);
    if (argc != 2) {
        ovs_fatal(0, "usage: %s BALANCER", argv[0]);
    }
    env.port_key = port_key;
    env.is_resident = is_resident;
    printf("{\n");
    bench_acl(b.symtab, &env);
    read_templates(&b, argv[1]);
    b.tables = ltables_new(b.symtab, &act_table, &env);
    for (uint32_t i = 0; i < 3; i++) {
        b.datapaths[i] = ldatapath_new(b.tables, i + 1);
    }
    bench_balancers(&b);
    printf("}\n");
    ltables_free(b.tables);
    for (size_t i = 0; i < b.n_templates; i++) {
        free(b.templates[i].match);
        free(b.templates[i].actions);
    }
    symtab_free(b.symtab);
    return 0;
}
