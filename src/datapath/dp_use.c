/* Which connections the entries of the fast path carry packets of. */

#include <netinet/in.h>

#include "dp_opening.h"
#include "dp_private.h"

static struct datapath_use
use_of(const struct flow_key *key)
{
    struct datapath_use use = { .proto = 0 };

    if (key->is_ipv6) {
        memcpy(&use.src, key->v6.src, sizeof use.src);
        memcpy(&use.dst, key->v6.dst, sizeof use.dst);
        use.sport = ntohs(key->v6.sport);
        use.dport = ntohs(key->v6.dport);
        use.proto = key->v6.proto;
    } else {
        in6_addr_set_mapped_ipv4(&use.src, key->v4.src);
        in6_addr_set_mapped_ipv4(&use.dst, key->v4.dst);
        use.sport = ntohs(key->v4.sport);
        use.dport = ntohs(key->v4.dport);
        use.proto = key->v4.proto;
    }
    return use;
}

struct spent_aux {
    void (*cb)(void *aux, const struct datapath_use *);
    void *aux;
};

static void
take_spent(void *aux_, const struct flow_key *client, uint64_t packets,
           uint64_t bytes)
{
    const struct spent_aux *aux = aux_;
    struct datapath_use use = use_of(client);

    use.packets = packets;
    use.bytes = bytes;
    aux->cb(aux->aux, &use);
}

void
datapath_each_use(const struct datapath *d,
                  void (*cb)(void *aux, const struct datapath_use *),
                  void *aux)
{
    size_t max = d->cache ? cache_count(d->cache) : 0;
    const struct cache_flow **flows = xmalloc((max + 1) * sizeof *flows);
    size_t n = max ? cache_list(d->cache, flows, max) : 0;

    for (size_t i = 0; i < n; i++) {
        const struct cache_flow *flow = flows[i];
        bool is_reply = flow->entry.flags & FP_REPLY;
        struct datapath_use use = use_of(is_reply ? &flow->answer
                                                  : &flow->key);

        use.is_reply = is_reply;
        use.packets = flow->packets + flow->entry.packets;
        use.bytes = flow->bytes + flow->entry.bytes;
        cb(aux, &use);
    }
    free(flows);
    if (d->openings) {
        struct spent_aux spent = { .cb = cb, .aux = aux };

        openings_each_spent(d->openings, take_spent, &spent);
    }
}
