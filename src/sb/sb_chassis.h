/* This host in the Southbound database: its chassis and what is bound to it.
 *
 * in:     who the chassis is, which logical ports are here, what was learned
 *         from packets, which services answer
 * out:    Chassis, Encap and Chassis_Private rows; Port_Binding.chassis and
 *         up; MAC_Binding and FDB rows.  Back: which of the cluster's ports
 *         this chassis stands for; MAC_Binding and FDB rows of others
 * owner:  struct sb_chassis owns a connection of its own
 * thread: one; nothing blocks
 *
 * What is wanted is kept, and compared with the rows whenever those change: a
 * database that was restored or filled by another process is put right.  Rows
 * of other chassis are never touched. */

#ifndef SB_SB_CHASSIS_H
#define SB_SB_CHASSIS_H 1

#include "ovs.h"
#include "vip.h"

struct sb_chassis;

struct sb_mac {
    const char *logical_port;
    struct in6_addr ip; /* IPv4 mapped. */
    struct eth_addr mac;
};

struct sb_fdb {
    uint32_t datapath; /* Tunnel keys. */
    uint32_t port;
    struct eth_addr mac;
};

/* A service that is to be checked: a row of Service_Monitor, whose port may be
 * anywhere. */
struct sb_service {
    struct uuid row;
    const char *logical_port;
    struct endpoint at;     /* IPv4, with a port. */
    bool udp;               /* Else TCP. */
    struct eth_addr src_mac;
    ovs_be32 src_ip;
    long long interval_ms, timeout_ms;
    unsigned int n_success, n_failure; /* That make it online or offline. */
};

/* Tells, during each sb_chassis_run(), what came into the database, changed or
 * went there.  Each may be NULL. */
struct sb_chassis_learned_ops {
    /* After a new connection: forget all, what there is will be told. */
    void (*reset)(void *aux);
    void (*mac)(void *aux, const struct sb_mac *, bool gone);
    void (*fdb)(void *aux, const struct sb_fdb *, bool gone);
    /* Of one that is gone, or of no use, only 'row' is set. */
    void (*service)(void *aux, const struct sb_service *, bool gone);
};
/* Tells all there is once more, at once: of use to somebody who did not know a
 * port that was told of. */
void sb_chassis_tell_learned(struct sb_chassis *);

/* 'ops' and 'aux' are borrowed; 'ops' may be NULL. */
struct sb_chassis *sb_chassis_new(const char *remote,
                                  const struct sb_chassis_learned_ops *ops,
                                  void *aux);
void sb_chassis_free(struct sb_chassis *);
void sb_chassis_run(struct sb_chassis *);
void sb_chassis_wait(struct sb_chassis *);
bool sb_chassis_is_connected(const struct sb_chassis *);

/* True once the chassis' own rows are in the database. */
bool sb_chassis_is_registered(const struct sb_chassis *);

/* Who this is; all are copied.  Nothing is written before this is known. */
struct sb_chassis_identity {
    const char *name;       /* system-id. */
    const char *hostname;
    const char *encap_type;
    const char *encap_ip;
    const char *mappings;   /* ovn-bridge-mappings. */
};
void sb_chassis_set_identity(struct sb_chassis *,
                             const struct sb_chassis_identity *);

/* Binds a logical port to this chassis, 'up' if frames can reach it.  The row
 * may come later. */
void sb_chassis_bind(struct sb_chassis *, const char *logical_port, bool up);
/* A port of type virtual has shown up behind 'parent', which is bound here. */
void sb_chassis_bind_virtual(struct sb_chassis *, const char *logical_port,
                             const char *parent);
void sb_chassis_unbind(struct sb_chassis *, const char *logical_port);

/* SB_Global.nb_cfg at the last run; what it stands for is done here as soon as
 * sb_chassis_ack() says so, in Chassis_Private. */
int64_t sb_chassis_nb_cfg(const struct sb_chassis *);
void sb_chassis_ack(struct sb_chassis *, int64_t nb_cfg);

/* --- What was learned --- */

/* Writes a fact unless the database has it.  Repeating it costs a look-up. */
void sb_chassis_learn_mac(struct sb_chassis *, const struct sb_mac *);
void sb_chassis_learn_fdb(struct sb_chassis *, const struct sb_fdb *);

/* --- Services that are checked --- */

/* The MAC of 'ip' at a port that is bound here; false if it is not. */
bool sb_chassis_find_mac(const struct sb_chassis *, const char *logical_port,
                         const struct in6_addr *ip, struct eth_addr *);
/* Service_Monitor.status of the row. */
void sb_chassis_set_service(struct sb_chassis *, const struct uuid *row,
                            bool online);

/* {"connected", "registered", "bound", "writing"}; the caller's. */
struct json *sb_chassis_status(const struct sb_chassis *);

#endif /* sb/sb_chassis.h */
