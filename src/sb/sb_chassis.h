/* This host in the Southbound database: its chassis and what is bound to it.
 *
 * in:     who the chassis is, which logical ports are here, what was learned
 *         from packets
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

/* Tells, during each sb_chassis_run(), what came into the database, changed or
 * went there.  Each may be NULL. */
struct sb_chassis_learned_ops {
    /* After a new connection: forget all, what there is will be told. */
    void (*reset)(void *aux);
    void (*mac)(void *aux, const struct sb_mac *, bool gone);
    void (*fdb)(void *aux, const struct sb_fdb *, bool gone);
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

/* {"connected", "registered", "bound", "writing"}; the caller's. */
struct json *sb_chassis_status(const struct sb_chassis *);

#endif /* sb/sb_chassis.h */
