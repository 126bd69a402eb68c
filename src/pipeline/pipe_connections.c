/* The connections that conntrack has. */

#include <netinet/in.h>

#include "pipe_private.h"

static struct in6_addr
to_in6(const struct ct_dpif_tuple *tuple, const union ct_dpif_inet_addr *addr)
{
    return tuple->l3_type == AF_INET ? in6_addr_mapped_ipv4(addr->ip)
                                     : addr->in6;
}

/* True if the side has sent a FIN, or nothing yet. */
static bool
is_closed(uint8_t state)
{
    return state == CT_DPIF_TCPS_CLOSED || state >= CT_DPIF_TCPS_CLOSING;
}

/* Once both sides have sent a FIN nothing new comes.  The last ACKs may have
 * gone through the fast path, where conntrack does not see them. */
static bool
is_open(const struct ct_dpif_protoinfo *info)
{
    return info->proto != IPPROTO_TCP
           || !is_closed(info->tcp.state_orig)
           || !is_closed(info->tcp.state_reply);
}

void
pipeline_each_connection(struct pipeline *pipeline,
                         void (*cb)(void *aux,
                                    const struct pipe_connection *),
                         void *aux)
{
    struct conntrack_dump dump;
    struct ct_dpif_entry entry;
    int n_buckets;

    conntrack_dump_start(pipeline->ct, &dump, NULL, &n_buckets);
    while (!conntrack_dump_next(&dump, &entry)) {
        const struct ct_dpif_tuple *tuple = &entry.tuple_orig;
        bool has_ports = tuple->ip_proto == IPPROTO_TCP
                         || tuple->ip_proto == IPPROTO_UDP
                         || tuple->ip_proto == IPPROTO_SCTP;

        cb(aux, &(struct pipe_connection) {
            .src = to_in6(tuple, &tuple->src),
            .dst = to_in6(tuple, &tuple->dst),
            .sport = has_ports ? ntohs(tuple->src_port) : 0,
            .dport = has_ports ? ntohs(tuple->dst_port) : 0,
            .proto = tuple->ip_proto,
            .zone = entry.zone,
            .open = is_open(&entry.protoinfo),
            .timeout_s = entry.timeout,
        });
        free(entry.helper.name);
    }
    conntrack_dump_done(&dump);
}
