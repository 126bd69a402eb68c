/* Shared by sb_chassis.c, sb_binding.c, sb_learned.c and sb_services.c
 * only. */

#ifndef SB_SB_CHASSIS_PRIVATE_H
#define SB_SB_CHASSIS_PRIVATE_H 1

#include "idlconn.h"
#include "ovn-sb-idl.h"
#include "sb_chassis.h"

struct sb_chassis {
    struct idlconn conn;
    unsigned int generation;
    const struct sb_chassis_learned_ops *ops; /* May be NULL. */
    void *aux;

    /* Who this is. */
    char *name, *hostname, *encap_type, *encap_ip, *mappings;
    char *former_name;         /* Whose rows are to go, or NULL. */
    bool former_sent;          /* The transaction on its way does that. */
    bool registered;           /* All rows are as they should be. */
    int64_t acked_nb_cfg;      /* To be in Chassis_Private. */

    /* sb_binding.c */
    struct ovsdb_idl_index *ports_by_name;
    struct shash bound;        /* Logical port -> (void *) up. */
    struct smap virtuals;      /* Virtual port -> parent. */
    struct sset ports_dirty;   /* Logical ports to be looked at. */
    struct sset ports_sent;    /* The same, in the transaction. */

    /* sb_learned.c */
    struct ovsdb_idl_index *macs_by_key, *fdbs_by_key;
    struct hmap facts;         /* Contains "struct fact"s: to be written. */

    /* sb_services.c */
    struct hmap verdicts;      /* Contains "struct verdict"s: the same. */
};

/* sb_binding.c: Port_Binding. */
void sb_binding_init(struct sb_chassis *);
void sb_binding_uninit(struct sb_chassis *);
void sb_binding_run(struct sb_chassis *, bool resync);
bool sb_binding_is_dirty(const struct sb_chassis *);
void sb_binding_write(struct sb_chassis *, const struct sbrec_chassis *);
void sb_binding_written(struct sb_chassis *, bool ok);
const struct sbrec_port_binding *sb_binding_find(const struct sb_chassis *,
                                                 const char *logical_port);

/* sb_learned.c: MAC_Binding and FDB. */
void sb_learned_init(struct sb_chassis *);
void sb_learned_uninit(struct sb_chassis *);
void sb_learned_run(struct sb_chassis *, bool resync);
bool sb_learned_is_dirty(const struct sb_chassis *);
void sb_learned_write(struct sb_chassis *, struct ovsdb_idl_txn *);
void sb_learned_written(struct sb_chassis *, bool ok);

/* sb_services.c: Service_Monitor. */
void sb_services_init(struct sb_chassis *);
void sb_services_uninit(struct sb_chassis *);
void sb_services_run(struct sb_chassis *, bool resync);
bool sb_services_is_dirty(const struct sb_chassis *);
void sb_services_write(struct sb_chassis *);
void sb_services_written(struct sb_chassis *, bool ok);

#endif /* sb/sb_chassis_private.h */
