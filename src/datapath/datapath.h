/* The datapath: frames of real interfaces <-> the pipeline, and the fast path
 * in eBPF that remembers what the pipeline decided.
 *
 * in:     interfaces of this network namespace, each with the logical port it
 *         is; the network and the pipeline
 * out:    frames that leave by interfaces; every other effect of a verdict,
 *         to 'ops'; changes of links, to 'ops'; counters and flows for people
 * owner:  the datapath owns its ports, sockets, programs and entries; network
 *         and pipeline are borrowed and must outlive it
 * thread: one; nothing blocks but system calls that set things up
 *
 * Ports are bound by *name*: an interface's name to a logical port's name.
 * Neither must exist.  An interface that comes, goes or comes back is followed
 * by itself, and frames of one whose logical port is not in the network are
 * dropped (DROP_UNBOUND).  No pointer into the network is kept.
 *
 * Changes of the network: flows are seen by themselves (ltables_generation()).
 * After any other change -- ports, groups, peers, bindings, backends, a MAC or
 * FDB entry that was known and is another now -- call
 * datapath_network_changed(), as often as you like: the work is done once, in
 * the next datapath_run().  (What is learned for the first time needs no call:
 * no entry depends on not knowing.)  Then the entries that may have
 * become wrong are asked for again, one by one, and stay if the answer is the
 * same.  Until an entry has been asked for it goes on as before: a few
 * milliseconds, as with Open vSwitch's revalidators.
 *
 * Which mistake is safe: what the fast path does not know goes to the
 * pipeline, and costs microseconds; an entry that should not be there would
 * misforward.  So an entry is exact in everything that its verdict looked at,
 * and anything unusual makes none (doc/datapath.md). */

#ifndef DATAPATH_DATAPATH_H
#define DATAPATH_DATAPATH_H 1

#include "custody.h"
#include "ovs.h"
#include "pipeline.h"

struct datapath;

enum datapath_mode {
    DATAPATH_OPEN, /* As DATAPATH_FAST, and eBPF opens connections like a
                    * client's earlier ones by itself (dp_opening.h). */
    DATAPATH_FAST, /* eBPF and its cache; without BPF, as DATAPATH_PACKET. */
    DATAPATH_SLOW, /* eBPF carries frames to the pipeline and back, no cache:
                    * for comparison. */
    DATAPATH_PACKET, /* No eBPF: packet sockets. */
};

/* What became of a packet that ops->effect() was given. */
enum datapath_fate {
    DATAPATH_CONSUMED, /* It ended there, or only a copy was made. */
    DATAPATH_HELD,     /* Stolen: datapath_replay() or datapath_forget(). */
};

/* An interface, as the kernel has it now. */
struct datapath_link {
    const char *interface;
    bool exists;
    bool up; /* Administratively up, with a carrier. */
    int ifindex;
    int mtu;
    struct eth_addr mac;
    const char *error; /* Why its frames cannot be had; NULL if they can. */
};

struct datapath_ops {
    /* An effect of a verdict that is neither EFFECT_OUTPUT nor EFFECT_DROP,
     * for a packet that entered by 'inport'.  Its packet may be stolen with
     * pipe_effect_steal_packet(), and is then DATAPATH_HELD.  May call
     * network_set_mac() and network_set_fdb(), but not the datapath nor the
     * pipeline: those only from the next run on. */
    enum datapath_fate (*effect)(void *aux, struct pipe_effect *,
                                 const struct net_port *inport,
                                 long long now_ms);

    /* A frame has come in by 'inport', and 'packet' is all of it.  True if it
     * is for the daemon (an answer to a probe of its own) and ends here; else
     * the pipeline gets it.  Must not call the datapath.  May be NULL. */
    bool (*intercept)(void *aux, const struct dp_packet *packet,
                      const struct net_port *inport);

    /* A port's interface came, went or changed, or the port was added.  May
     * be NULL. */
    void (*link)(void *aux, const struct datapath_link *);
};

/* All borrowed for the call but 'network', 'pipeline', 'ops' and 'aux'. */
struct datapath_config {
    struct network *network;
    struct pipeline *pipeline;
    const struct datapath_ops *ops;
    void *aux;

    /* Of this instance: at most 8 of [a-z0-9-].  Its TAP is "rouse-NAME", its
     * pins are in "/sys/fs/bpf/rouse-NAME-vN".  Another start with the same
     * name adopts what the one before left behind. */
    const char *name;

    enum datapath_mode mode;
    unsigned int max_flows; /* Entries of the cache, 0: DATAPATH_MAX_FLOWS. */
    unsigned int idle_ms; /* Entries unused so long go, 0:
                           * DATAPATH_IDLE_MS. */
    unsigned int slow_pps; /* Packets per second that each port may send to
                            * the pipeline, 0: DATAPATH_SLOW_PPS. */
};
#define DATAPATH_MAX_FLOWS 65536
#define DATAPATH_IDLE_MS 10000
#define DATAPATH_SLOW_PPS 100000

/* NULL on failure, with '*error' the caller's: a name that cannot be, or that
 * another process has.  That BPF cannot be loaded is no failure:
 * datapath_why_slow() says why. */
struct datapath *datapath_new(const struct datapath_config *, char **error)
    OVS_WARN_UNUSED_RESULT;

/* Lets go of everything but leaves what forwards: TAP, programs and entries
 * stay for the next start. */
void datapath_free(struct datapath *);

/* As datapath_free(), and takes all of it out of the kernel. */
void datapath_free_and_remove(struct datapath *);

/* "rouse-NAME": its TAP, and how the names of its pins begin. */
const char *datapath_instance(const struct datapath *);

/* NULL if the fast path is at work, else why it is not. */
const char *datapath_why_slow(const struct datapath *);

/* Bounded work; datapath_wait() wakes at once if more is to be done. */
void datapath_run(struct datapath *, long long now_ms);
/* The same in two steps, for whoever has something for packets to do before
 * the entries' turn comes: what has come in; then what the kernel has of it,
 * and whether it still holds. */
void datapath_run_frames(struct datapath *, long long now_ms);
void datapath_run_entries(struct datapath *, long long now_ms);
void datapath_wait(struct datapath *, long long now_ms);

void datapath_network_changed(struct datapath *);
/* Flows are about to change: connections that the kernel has opened by itself,
 * and that nobody was told of, become known as the flows until now have
 * them. */
void datapath_network_changes(struct datapath *, long long now_ms);
/* Likewise, for whoever asks which connections there are. */
void datapath_catch_up(struct datapath *, long long now_ms);

/* No entry is left that was made before the last change and has not been asked
 * for since. */
bool datapath_is_settled(const struct datapath *);

/* The network is complete for the first time: entries that an earlier start
 * left behind, which have forwarded unasked until now, are asked for, and
 * conntrack gets their connections back.  Nothing happens from the second
 * call on. */
void datapath_adopt(struct datapath *);

/* Forgets all entries: nothing breaks, all packets take the slow path once. */
void datapath_flush(struct datapath *);

/* --- Ports --- */

/* Binds 'interface' to the logical port with that name, or binds it anew.
 * For a localnet port 'vlan' is its tag; 0 for untagged frames and for all
 * other ports.  One interface may serve localnet ports with different tags.
 * 0, or EINVAL for names that no interface can have, EEXIST if 'logical_port'
 * has another interface already, ENOSPC if there are 65534 ports. */
int datapath_add_port(struct datapath *, const char *interface,
                      uint16_t vlan, const char *logical_port)
    OVS_WARN_UNUSED_RESULT;
/* Of one that is not there: nothing happens. */
void datapath_remove_port(struct datapath *, const char *interface,
                          uint16_t vlan);

/* Its number, stable while it is bound (ofport); 0 if it is not. */
uint16_t datapath_port_number(const struct datapath *,
                              const char *interface, uint16_t vlan);
/* As of the latest event; false if no port has that interface.  Strings are
 * borrowed until the next run. */
bool datapath_get_link(const struct datapath *, const char *interface,
                       struct datapath_link *);

/* --- Packets of the daemon's own --- */

/* Runs '*packet' (taken), that was DATAPATH_HELD, through the pipeline again
 * from 'inport', at once; effects come as usual. */
void datapath_replay(struct datapath *, struct dp_packet **packet,
                     const struct net_port *inport, long long now_ms);
/* One packet that was DATAPATH_HELD is no more: it was dropped for 'reason',
 * or consumed if that is 0. */
void datapath_forget(struct datapath *, int reason);
/* Runs a packet that the daemon made (a RST, a probe), taken, as if it had
 * come in by 'inport'. */
void datapath_inject(struct datapath *, struct dp_packet **packet,
                     const struct net_port *inport, long long now_ms);
/* Sends '*packet' (taken), that the daemon made, straight out of 'outport';
 * dropped if that has no interface. */
void datapath_send(struct datapath *, struct dp_packet **packet,
                   const struct net_port *outport);

/* --- Counters --- */

/* Of a port (an interface and tag) since it was added. */
struct datapath_port_stats {
    uint64_t rx_packets, rx_bytes; /* From the interface, both paths. */
    uint64_t tx_packets, tx_bytes;
    uint64_t slow_packets; /* Of rx_packets, those the pipeline saw. */
    uint64_t limited;      /* Dropped for too many packets to the pipeline. */
    uint64_t dropped[N_DROP_REASONS]; /* That came in here. */
};
bool datapath_get_port_stats(struct datapath *, const char *interface,
                             uint16_t vlan, struct datapath_port_stats *);

struct datapath_stats {
    struct custody slow; /* Packets that the pipeline saw, and those made. */
    uint64_t fast_packets, fast_bytes; /* Forwarded by entries. */
    uint64_t answered;      /* Neighbour requests that BPF answered. */
    uint64_t limited;       /* Dropped before the pipeline, by rate... */
    uint64_t lost;          /* ...and because its queue was full. */
    uint64_t opened;        /* Connections that BPF opened by itself. */
    uint64_t n_flows;       /* Entries now. */
    uint64_t flows_added, flows_idle, flows_changed, flows_evicted;
    uint64_t flows_ended;   /* Their connections ended. */
    uint64_t flows_adopted; /* Of an earlier start, found right. */
    uint64_t flows_refused; /* Of an earlier start, found wrong. */
};
void datapath_get_stats(struct datapath *, struct datapath_stats *);

/* Which entries: all conditions that are set. */
struct datapath_flow_filter {
    size_t max;       /* So many at most, those used last first. */
    const char *port; /* An interface, or a logical port on the way. */
    const struct in6_addr *address; /* An end's, before or after NAT; of IPv4
                                     * as a mapped address. */
};

/* What an entry of the fast path has forwarded, by the packet that began the
 * connection; addresses IPv6 or IPv4-mapped, ports in host byte order. */
struct datapath_use {
    struct in6_addr src, dst;
    uint16_t sport, dport;
    uint8_t proto;
    bool is_reply;           /* The answers' direction.  Or, with sport 0, both
                              * directions of a client's short connections,
                              * which nothing else is known of. */
    uint64_t packets, bytes; /* A second old at most. */
};
void datapath_each_use(const struct datapath *,
                       void (*cb)(void *aux, const struct datapath_use *),
                       void *aux);

/* The entries, for "rouse flows": an array of objects with "protocol",
 * "source", "destination", "new_source", "new_destination" (after NAT), "in",
 * "out" (interfaces), "key", "actions", "path" (logical ports on the way),
 * "packets", "bytes", "age_ms", "idle_ms"; the caller's. */
struct json *datapath_flows_to_json(struct datapath *,
                                    const struct datapath_flow_filter *,
                                    long long now_ms);

#endif /* datapath/datapath.h */
