/* Only for nb/. */

#ifndef NB_NB_PRIVATE_H
#define NB_NB_PRIVATE_H 1

#include "idlconn.h"
#include "nb.h"
#include "ovn-nb-idl.h"

/* One change that nb_write() queued. */
struct nb_op {
    struct hmap_node by_ticket;   /* In struct nb_writer's ops. */
    struct ovs_list node;         /* In queue, in sent, or alone. */
    struct ovs_list news_node;    /* In news, or alone. */
    uint64_t ticket;
    struct nb_change change;      /* Owns its strings. */
    enum nb_ticket_status status;
    char *error;                  /* NB_TICKET_FAILED. */
    bool forgotten;               /* Free it as soon as it is done. */
};

struct nb_barrier {
    struct hmap_node node;        /* In struct nb_writer's barriers. */
    uint64_t id;
    enum { BARRIER_WANTED, BARRIER_SENT, BARRIER_WAITING } step;
    int64_t nb_cfg;               /* BARRIER_WAITING: value to reach. */
};

struct nb_writer {
    uint64_t last_id;             /* Tickets and barriers count together. */
    struct hmap ops;              /* Contains struct nb_op, by ticket. */
    struct ovs_list queue;        /* To be sent, oldest first. */
    struct ovs_list sent;         /* In the transaction on its way. */
    struct ovs_list news;         /* NB_RESTOREs that nb_next_restore() has
                                   * yet to hand out, oldest first. */
    size_t batch;                 /* Largest number of changes in one
                                   * transaction, halved when it fails, so
                                   * that one bad change is found and does not
                                   * spoil the others. */
    struct hmap barriers;         /* Contains struct nb_barrier. */
    bool had_lock;
};

struct nb {
    struct idlconn *conn;            /* The own one, or another's. */
    struct idlconn own;
    bool needs_lock;
    struct ovsdb_idl_index *by_name; /* Load_Balancer by name. */
    unsigned int generation;         /* Of the replica at the last run. */
    struct hmap services;            /* Contains struct nb_service. */
    struct uuid *changed;            /* Array of 'n_changed'. */
    size_t n_changed, allocated_changed;
    struct nb_writer writer;
};

void nb_writer_init(struct nb_writer *);
void nb_writer_uninit(struct nb_writer *);
/* After idlconn_run(): takes the answer to the transaction on its way. */
void nb_writer_run(struct nb *);
/* Sends what is queued if a transaction can be made now. */
void nb_writer_flush(struct nb *);

/* nb_change.c: writes the change to 'lb' within the open transaction. */
void nb_change_apply(const struct nb_change *,
                     const struct nbrec_load_balancer *lb);

/* nb_policies.c: of a service 'label' whose row has 'protocol'; what all
 * services share that have none, or the caller's.  What is wrong goes to
 * 'diag'. */
const struct nb_policies *nb_policies_parse(const struct nb_row *,
                                            const char *label,
                                            const char *protocol,
                                            struct diag *diag);
void nb_policies_free(const struct nb_policies *);

#endif /* nb/nb_private.h */
