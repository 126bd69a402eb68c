/* How flows lie in tables.  Only for lflow/.
 *
 *     ltables --- ldatapath --- ltable (a stage) --- slot --- contribution
 *        |                                                        |
 *        `------- lflow --- instance (the flow in a datapath) ----'
 *
 * A slot is one match and priority of a stage.  Several rules of flows may
 * want it; each is a contribution.  What the classifier holds for the slot is
 * made from them when changes are published: a rule that matches alone, if
 * there is one, or else all conjunctions together. */

#ifndef LFLOW_LTABLE_PRIVATE_H
#define LFLOW_LTABLE_PRIVATE_H 1

#include "ltable.h"
#include "ltable_scan.h"

/* What is in the classifier for a slot. */
struct slot_rule {
    struct cls_rule cls_rule;
    const struct lflow *flow;  /* NULL for a part of conjunctions. */
    struct ovs_list in_batch;  /* While it waits to be removed. */
    struct ltable *table;
    struct cls_conjunction *conj; /* What it was inserted with. */
    size_t n_conj;
};

struct slot {
    struct hmap_node in_table;
    struct ovs_list in_dirty; /* In ltables' 'dirty_slots', or empty. */
    struct ltable *table;
    struct minimatch match;
    int priority;
    struct ovs_list contributions; /* Contains "struct contribution"s. */
    struct slot_rule *installed;   /* NULL if there is none. */
};

struct contribution {
    struct ovs_list in_slot;
    struct slot *slot;
    const struct lflow *flow;
    struct cls_conjunction conj; /* n_clauses 0: matches alone. */
};

/* A flow in one datapath. */
struct instance {
    struct ovs_list in_datapath;
    struct ldatapath *datapath; /* NULL once it is gone. */
    struct contribution *contributions;
    size_t n;
};

struct lflow_instances {
    struct ovs_list in_tables;
    struct lflow *flow;
    struct instance *list;
    size_t n;
    struct ref_link *refs; /* The names that the flow depends on. */
    size_t n_refs;
    bool names_ports;      /* Must be compiled for each datapath. */
};

/* A name, and the flows that depend on it. */
struct ref {
    struct hmap_node in_tables;
    enum expr_ref_type type;
    char *name;
    struct ovs_list links; /* Contains "struct ref_link"s. */
};

struct ref_link {
    struct ovs_list in_ref;
    struct ref *ref;
    struct lflow_instances *instances;
};

/* One stage.  Readers use it where there is no 'struct scan'. */
struct ltable {
    struct classifier cls;
    struct ldatapath *datapath;
    struct hmap slots; /* Contains "struct slot"s. */
    bool dirty;        /* Changed since the last publication. */
};

struct ldatapath {
    struct ovs_list in_tables;
    struct ltables *tables;
    uint32_t key;
    OVSRCU_TYPE(struct scan *) scans[2][N_LSTAGES];
    OVSRCU_TYPE(struct ltable *) stages[2][N_LSTAGES];
    atomic_uint8_t skip[2][N_LSTAGES + 1];
    struct ovs_list instances;
    atomic_uint64_t generation;
    bool dirty;
};

/* Rules that have become invisible together, and may be removed when 'over'
 * says that every thread has stopped looking at them. */
struct batch {
    struct ovs_list in_tables;
    struct ovs_list rules; /* Contains "struct slot_rule"s. */
    struct ovs_list flows; /* Contains "struct lflow_instances"es. */
    atomic_bool over;
};

struct ltables {
    const struct symtab *symtab;
    const struct lact_table *actions;
    const struct lenv *env;
    atomic_uint64_t version;    /* What look-ups see. */
    struct ovs_list datapaths;  /* Contains "struct ldatapath"s. */
    struct ovs_list flows;      /* Contains "struct lflow_instances"es. */
    struct hmap refs;           /* Contains "struct ref"s. */
    struct ovs_list dirty_slots;
    struct batch *batch;        /* What the next publication takes away. */
    struct ovs_list batches;    /* What earlier ones took away. */
    uint32_t next_conj_id;
};

/* ltable.c, for ltable_flow.c. */
struct ltable *ldatapath_table(struct ldatapath *, enum lpipeline,
                               uint8_t stage);
void slot_contribute(struct ltable *, const struct minimatch *, int priority,
                     struct contribution *);
void slot_withdraw(struct contribution *);

/* ltable.c, for ltable_publish.c. */
void slot_free(struct slot *);

/* ltable_publish.c, for ltable.c. */
struct batch *batch_new(void);
/* Nobody looks, so all that has been taken away can go. */
void ltables_reap_all(struct ltables *);

/* ltable_flow.c, for ltable.c. */
void instance_uninstall(struct instance *);
void lflow_instances_free(struct lflow_instances *);

#endif /* lflow/ltable_private.h */
