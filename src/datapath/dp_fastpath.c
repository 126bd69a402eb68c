#include "dp_fastpath.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "dp_fastpath_map.h"
#include "dp_pins.h"
#include "dp_programs.h"
#include "fastpath.skel.h"

VLOG_DEFINE_THIS_MODULE(dp_fastpath);

/* A program takes microseconds, unless its processor is taken away. */
#define AWAIT_MS 100

struct fastpath {
    struct fastpath_bpf *skeleton; /* The maps... */
    struct programs programs;      /* ...and what works on them. */
    char *pins; /* Folder... */
    int lock;   /* ...which is locked while this process lives. */
    unsigned long *attached; /* Bitmap of numbers. */
    int *strangers; /* ifindexes that an earlier start had attached. */
    size_t n_strangers;
    struct map_cursor cursors[2]; /* Of fastpath_sweep(): IPv4, IPv6. */
    int sweeping; /* Which of them. */
};

static int
log_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
    enum vlog_level vlog_level = level == LIBBPF_WARN ? VLL_INFO : VLL_DBG;
    char *text = xvasprintf(format, args);
    size_t n = strlen(text);

    if (n && text[n - 1] == '\n') {
        text[n - 1] = '\0';
    }
    VLOG(vlog_level, "%s", text);
    free(text);
    return 0;
}

static int
load(struct fastpath *f)
{
    struct bpf_map *map;

    f->skeleton = fastpath_bpf__open();
    if (!f->skeleton) {
        return errno;
    }
    bpf_object__for_each_map (map, f->skeleton->obj) {
        if (!bpf_map__is_internal(map)) {
            char *path = xasprintf("%s/%s", f->pins, bpf_map__name(map));
            bpf_map__set_pin_path(map, path);
            free(path);
        }
    }

    programs_take(&f->programs, f->skeleton->obj, f->pins);

    int error = -fastpath_bpf__load(f->skeleton);
    if (error) {
        programs_close(&f->programs);
        fastpath_bpf__destroy(f->skeleton);
        f->skeleton = NULL;
    } else {
        programs_pin(&f->programs, f->skeleton->obj, f->pins);
    }
    return error;
}

/* Numbers of an earlier start mean nothing any more: until a port is attached
 * again, its packets without an entry are dropped. */
static void
forget_numbers(struct fastpath *f)
{
    int numbers = bpf_map__fd(f->skeleton->maps.numbers);
    size_t allocated = 0;
    uint32_t ifindex;

    while (!bpf_map_get_next_key(numbers, NULL, &ifindex)) {
        if (f->n_strangers >= allocated) {
            f->strangers = x2nrealloc(f->strangers, &allocated,
                                      sizeof *f->strangers);
        }
        f->strangers[f->n_strangers++] = ifindex;
        if (bpf_map_delete_elem(numbers, &ifindex)) {
            break;
        }
    }
}

static int
open_all(struct fastpath *f, const char *name, char **error)
{
    int err = pins_open(name, &f->pins, &f->lock, error);

    if (err) {
        return err;
    }
    err = load(f);
    if (err == EINVAL) {
        /* Pinned maps that do not fit: from a build that forgot to change
         * FP_LAYOUT, or not ours at all. */
        pins_empty(f->pins, "");
        err = load(f);
    }
    if (err) {
        *error = pins_explain("eBPF programs", err);
        return err;
    }
    forget_numbers(f);
    return 0;
}

int
fastpath_open(const char *name, struct fastpath **fp, char **error)
{
    struct fastpath *f = xzalloc(sizeof *f);
    size_t size;
    const void *elf = fastpath_bpf__elf_bytes(&size);

    libbpf_set_print(log_libbpf);
    programs_init(&f->programs, elf, size);
    f->lock = -1;
    f->attached = bitmap_allocate(FP_MAX_PORTS);

    int err = open_all(f, name, error);
    if (err) {
        fastpath_close(f, false);
        return err;
    }
    *fp = f;
    return 0;
}

void
fastpath_close(struct fastpath *f, bool remove)
{
    if (!f) {
        return;
    }
    if (remove) {
        size_t number;

        BITMAP_FOR_EACH_1 (number, FP_MAX_PORTS, f->attached) {
            uint32_t key = number;
            struct fp_port port;

            if (!bpf_map_lookup_elem(bpf_map__fd(f->skeleton->maps.ports),
                                     &key, &port) && port.ifindex) {
                fastpath_detach_port(f, number, port.ifindex);
            }
        }
        fastpath_forget_strangers(f);
        pins_remove(f->pins);
    }
    programs_close(&f->programs);
    fastpath_bpf__destroy(f->skeleton);
    if (f->lock >= 0) {
        close(f->lock);
    }
    map_cursor_uninit(&f->cursors[0]);
    map_cursor_uninit(&f->cursors[1]);
    bitmap_free(f->attached);
    free(f->strangers);
    free(f->pins);
    free(f);
}

int
fastpath_set_config(struct fastpath *f, const struct fp_config *config)
{
    uint32_t zero = 0;

    return -bpf_map_update_elem(bpf_map__fd(f->skeleton->maps.config), &zero,
                                config, BPF_ANY);
}

int
fastpath_get_config(struct fastpath *f, struct fp_config *config)
{
    uint32_t zero = 0;

    return -bpf_map_lookup_elem(bpf_map__fd(f->skeleton->maps.config), &zero,
                                config);
}

static int
attach(int program, int ifindex)
{
    DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
                        .attach_point = BPF_TC_INGRESS);
    DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1,
                        .prog_fd = program,
                        .flags = BPF_TC_F_REPLACE);
    int error = -bpf_tc_hook_create(&hook);

    return error && error != EEXIST ? error : -bpf_tc_attach(&hook, &opts);
}

static void
detach(int ifindex)
{
    DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
                        .attach_point = BPF_TC_INGRESS);
    DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1);

    bpf_tc_detach(&hook, &opts);

    /* Both directions: that takes the empty qdisc away. */
    hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
    bpf_tc_hook_destroy(&hook);
}

int
fastpath_attach_tap(struct fastpath *f, int ifindex)
{
    return attach(f->programs.fds[PROGRAM_TAP], ifindex);
}

int
fastpath_attach_port(struct fastpath *f, uint16_t number, int ifindex,
                     struct eth_addr peer)
{
    struct fastpath_bpf *s = f->skeleton;
    struct fp_port port = { .ifindex = ifindex };
    uint32_t key = number, index = ifindex;
    struct fp_meter meter = { .last_ns = 0 };
    int error = 0;

    memcpy(port.peer, &peer, sizeof port.peer);
    if (!bitmap_is_set(f->attached, number)) {
        error = -bpf_map_update_elem(bpf_map__fd(s->maps.meters), &key,
                                     &meter, BPF_ANY);
    }
    if (!error) {
        error = -bpf_map_update_elem(bpf_map__fd(s->maps.ports), &key, &port,
                                     BPF_ANY);
    }
    if (!error) {
        error = -bpf_map_update_elem(bpf_map__fd(s->maps.numbers), &index,
                                     &key, BPF_ANY);
    }
    if (!error) {
        error = attach(f->programs.fds[PROGRAM_PORT], ifindex);
    }
    if (!error) {
        bitmap_set1(f->attached, number);
    }
    return error;
}

void
fastpath_detach_port(struct fastpath *f, uint16_t number, int ifindex)
{
    struct fastpath_bpf *s = f->skeleton;
    uint32_t key = number, index = ifindex;
    struct fp_port none = { .ifindex = 0 };

    detach(ifindex);
    bpf_map_delete_elem(bpf_map__fd(s->maps.numbers), &index);
    bpf_map_update_elem(bpf_map__fd(s->maps.ports), &key, &none, BPF_ANY);
    bitmap_set0(f->attached, number);
}

void
fastpath_forget_strangers(struct fastpath *f)
{
    int numbers = bpf_map__fd(f->skeleton->maps.numbers);

    for (size_t i = 0; i < f->n_strangers; i++) {
        uint32_t index = f->strangers[i], number;

        if (bpf_map_lookup_elem(numbers, &index, &number)) {
            detach(index);
        }
    }
    f->n_strangers = 0;
}

static int
map_of(const struct fastpath *f, const struct flow_key *key)
{
    return bpf_map__fd(key->is_ipv6 ? f->skeleton->maps.flows6
                       : f->skeleton->maps.flows4);
}

static const void *
bytes_of(const struct flow_key *key)
{
    return key->is_ipv6 ? (const void *) &key->v6 : (const void *) &key->v4;
}

int
fastpath_put(struct fastpath *f, const struct flow_key *key,
             const struct fp_entry *entry)
{
    return -bpf_map_update_elem(map_of(f, key), bytes_of(key), entry,
                                BPF_ANY);
}

int
fastpath_get(struct fastpath *f, const struct flow_key *key,
             struct fp_entry *entry)
{
    return -bpf_map_lookup_elem(map_of(f, key), bytes_of(key), entry);
}

int
fastpath_delete(struct fastpath *f, const struct flow_key *key)
{
    return -bpf_map_delete_elem(map_of(f, key), bytes_of(key));
}

int
fastpath_steal(struct fastpath *f, const struct flow_key *key,
               struct fp_entry *entry)
{
    return -bpf_map_lookup_and_delete_elem(map_of(f, key), bytes_of(key),
                                           entry);
}

struct sweep_aux {
    void (*cb)(void *aux, const struct flow_key *, const struct fp_entry *);
    void *aux;
    bool is_ipv6;
};

static void
sweep_one(void *aux, const void *key, const void *value)
{
    const struct sweep_aux *s = aux;
    struct flow_key k;

    memset(&k, 0, sizeof k);
    k.is_ipv6 = s->is_ipv6;
    if (s->is_ipv6) {
        memcpy(&k.v6, key, sizeof k.v6);
    } else {
        memcpy(&k.v4, key, sizeof k.v4);
    }
    s->cb(s->aux, &k, value);
}

bool
fastpath_sweep(struct fastpath *f, size_t n,
               void (*cb)(void *aux, const struct flow_key *,
                          const struct fp_entry *), void *aux)
{
    bool is_ipv6 = f->sweeping;
    struct sweep_aux s = { .cb = cb, .aux = aux, .is_ipv6 = is_ipv6 };
    const struct map_layout layout = {
        .fd = bpf_map__fd(is_ipv6 ? f->skeleton->maps.flows6
                          : f->skeleton->maps.flows4),
        .key_size = is_ipv6 ? sizeof(struct fp_key6) : sizeof(struct fp_key4),
        .value_size = sizeof(struct fp_entry),
    };

    if (!map_cursor_next(&f->cursors[f->sweeping], &layout, n, sweep_one,
                         &s)) {
        return false;
    }
    f->sweeping = !f->sweeping;
    return !f->sweeping;
}

int
fastpath_put_opening(struct fastpath *f, const struct fp_opening_key *key,
                     const struct fp_opening *opening)
{
    return -bpf_map_update_elem(bpf_map__fd(f->skeleton->maps.openings), key,
                                opening, BPF_ANY);
}

int
fastpath_set_allowance(struct fastpath *f, int64_t left)
{
    const struct fp_allowance value = { .left = left };
    uint32_t zero = 0;

    return -bpf_map_update_elem(bpf_map__fd(f->skeleton->maps.allowance),
                                &zero, &value, BPF_ANY);
}

int64_t
fastpath_get_allowance(struct fastpath *f)
{
    struct fp_allowance value = { .left = 0 };
    uint32_t zero = 0;

    return (bpf_map_lookup_elem(bpf_map__fd(f->skeleton->maps.allowance),
                                &zero, &value) ? 0 : value.left);
}

static struct fp_passages
get_passages(const struct fastpath *f)
{
    struct fp_passages value = { .begun = 0 };
    uint32_t zero = 0;

    bpf_map_lookup_elem(bpf_map__fd(f->skeleton->maps.passages), &zero,
                        &value);
    return value;
}

void
fastpath_await_openings(struct fastpath *f)
{
    long long end_ms = time_msec() + AWAIT_MS;

    while (time_msec() <= end_ms) {
        /* In this order: who had begun by the second look has ended if the
         * first one says so. */
        uint64_t ended = get_passages(f).ended;

        if (get_passages(f).begun == ended) {
            return;
        }
        sched_yield();
    }
    VLOG_WARN("the kernel has been opening a connection for %d ms",
              AWAIT_MS);
}

int
fastpath_put_neighbor(struct fastpath *f, const struct fp_neighbor_key *key,
                      const struct fp_neighbor *neighbor)
{
    return -bpf_map_update_elem(bpf_map__fd(f->skeleton->maps.neighbors),
                                key, neighbor, BPF_ANY);
}

int
fastpath_delete_neighbor(struct fastpath *f,
                         const struct fp_neighbor_key *key)
{
    return -bpf_map_delete_elem(bpf_map__fd(f->skeleton->maps.neighbors),
                                key);
}

struct each_aux {
    void (*cb)(void *aux, const struct fp_neighbor_key *,
               const struct fp_neighbor *);
    void *aux;
};

static void
each_neighbor(void *aux, const void *key_, const void *value_)
{
    const struct each_aux *e = aux;
    struct fp_neighbor_key key;
    struct fp_neighbor value;

    memcpy(&key, key_, sizeof key);
    memcpy(&value, value_, sizeof value);
    e->cb(e->aux, &key, &value);
}

void
fastpath_each_neighbor(struct fastpath *f,
                       void (*cb)(void *aux, const struct fp_neighbor_key *,
                                  const struct fp_neighbor *), void *aux)
{
    struct map_cursor cursor = { .started = false };
    struct each_aux e = { .cb = cb, .aux = aux };
    const struct map_layout layout = {
        .fd = bpf_map__fd(f->skeleton->maps.neighbors),
        .key_size = sizeof(struct fp_neighbor_key),
        .value_size = sizeof(struct fp_neighbor),
    };

    while (!map_cursor_next(&cursor, &layout, 1024, each_neighbor, &e)) {
        continue;
    }
    map_cursor_uninit(&cursor);
}

uint64_t
fastpath_counter(const struct fastpath *f, enum fp_counter counter)
{
    int n_cpus = libbpf_num_possible_cpus();
    uint32_t key = counter;
    uint64_t sum = 0;

    if (n_cpus <= 0) {
        return 0;
    }

    uint64_t *values = xcalloc(n_cpus, sizeof *values);
    if (!bpf_map_lookup_elem(bpf_map__fd(f->skeleton->maps.counters), &key,
                             values)) {
        for (int i = 0; i < n_cpus; i++) {
            sum += values[i];
        }
    }
    free(values);
    return sum;
}

int
fastpath_get_meter(struct fastpath *f, uint16_t number,
                   struct fp_meter *meter)
{
    uint32_t key = number;

    return -bpf_map_lookup_elem(bpf_map__fd(f->skeleton->maps.meters), &key,
                                meter);
}

int
fastpath_test(struct fastpath *f, int ifindex, struct dp_packet *frame,
              uint32_t *verdict)
{
    struct __sk_buff context = { .ifindex = ifindex };
    char *out = xzalloc(dp_packet_size(frame) + 256);
    LIBBPF_OPTS(bpf_test_run_opts, opts,
                .data_in = dp_packet_data(frame),
                .data_size_in = dp_packet_size(frame),
                .data_out = out,
                .data_size_out = dp_packet_size(frame) + 256,
                .ctx_in = &context,
                .ctx_size_in = sizeof context,
                .repeat = 1);
    int error = -bpf_prog_test_run_opts(f->programs.fds[PROGRAM_PORT], &opts);

    if (!error) {
        *verdict = opts.retval;
        dp_packet_set_size(frame, 0);
        dp_packet_put(frame, out, opts.data_size_out);
    }
    free(out);
    return error;
}
