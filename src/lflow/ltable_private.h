/* How flows lie in tables.  Only for lflow/.
 *
 *     ltables --- lgroup --- lstage --- entry (a flow) --- instance
 *        |                     |                              |
 *        |                  ltable --- slot --- contribution -'
 *        |                     |
 *        `--- ldatapath --- lview
 *
 * Flows that are in the same datapaths are a group's.  Where a group has many
 * in a stage, they are in a table that the datapaths share, so that a flow
 * costs the same in two hundred of them as in one; few are in a table of each
 * datapath's own, where they lie together with what is in it alone.  A look-up
 * goes through the tables of its datapath's view: its own and some shared.
 *
 * A slot is one match and priority of a table.  Several rules of flows may
 * want it; each is a contribution.  What the classifier holds for the slot is
 * made from them when changes are published: a rule that matches alone, if
 * there is one, or else all conjunctions together. */

#ifndef LFLOW_LTABLE_PRIVATE_H
#define LFLOW_LTABLE_PRIVATE_H 1

#include "ltable.h"
#include "ltable_scan.h"

/* A rule of the classifier, for a slot.  There may be very many, as of slots:
 * what is in them is put together so that malloc() has little to add. */
struct slot_rule {
    struct cls_rule cls_rule;
    struct ltable *table;
    struct slot_rule *next_removed; /* Of a batch, when it is in one. */
    union {
        const struct lflow *flow;     /* 'n_conj' 0. */
        struct cls_conjunction *conj; /* Else: a part of conjunctions. */
    };
    uint32_t n_conj;
    bool installed;           /* It has been put into the classifier. */
};

struct slot {
    struct hmap_node in_table;
    struct ovs_list in_dirty; /* In ltables' 'dirty_slots', or empty. */
    struct ovs_list contributions; /* Contains "struct contribution"s. */
    struct slot_rule *rule;   /* With the slot's match and priority. */
};

/* The flow of a rule that matches alone; NULL for a part of conjunctions. */
static inline const struct lflow *
slot_rule_flow(const struct slot_rule *rule)
{
    return rule->n_conj ? NULL : rule->flow;
}

static inline struct ltable *
slot_table(const struct slot *slot)
{
    return slot->rule->table;
}

static inline const struct minimatch *
slot_match(const struct slot *slot)
{
    return &slot->rule->cls_rule.match;
}

static inline int
slot_priority(const struct slot *slot)
{
    return slot->rule->cls_rule.priority;
}

struct contribution {
    struct ovs_list in_slot;
    struct slot *slot;
    const struct lflow *flow;
    struct cls_conjunction conj; /* n_clauses 0: matches alone. */
};

/* A flow in one table. */
struct instance {
    struct contribution *contributions;
    size_t n;
};

/* A flow, with all that look-ups do not need. */
struct entry {
    struct hmap_node by_uuid; /* In ltables' 'flows', until it is removed. */
    struct ovs_list in_stage; /* In 'flows' of its stage, or of a batch. */
    struct lstage *stage;
    union {
        struct instance one;   /* See entry_instances(). */
        struct instance *list;
    };
    struct ref_link *refs;    /* The names that the flow depends on. */
    uint32_t n_refs;
    bool names_ports;         /* Must be compiled for each datapath. */
    bool shared;
    bool has_list;            /* 'list', not 'one'. */
    struct lflow flow;
};

/* How many tables the flow is in: in the group's shared one, if 'shared'; else
 * in each of its datapaths' own. */
size_t entry_n_instances(const struct entry *);
/* Its instances there: nearly all flows have one, which needs no array. */
struct instance *entry_instances(struct entry *);

/* The flows of a group in a stage. */
struct lstage {
    struct lgroup *group;
    struct ovs_list flows;  /* Contains "struct entry"s. */
    size_t n_shareable;     /* So many do not name ports. */
    struct ltable *shared;  /* Has those; NULL if they are few. */
};

/* All flows that are in these datapaths, and in no other. */
struct lgroup {
    struct hmap_node in_tables; /* In ltables' 'groups'. */
    struct ltables *tables;
    size_t n_flows;
    size_t n_shared; /* Stages with a shared table. */
    struct lstage *stages[2][N_LSTAGES]; /* NULL where it has no flows. */
    size_t n;
    struct ldatapath *datapaths[]; /* Sorted; NULL once one is gone. */
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
    struct entry *entry;
};

/* Some flows of a stage. */
struct ltable {
    struct classifier cls;
    OVSRCU_TYPE(struct scan *) scan; /* Instead of it, if not NULL. */
    atomic_uint16_t max_priority;    /* No flow had a higher one yet. */
    struct ltables *tables;
    struct ldatapath *datapath; /* Whose own it is; NULL if it is shared... */
    struct lgroup *group;       /* ...by these. */
    enum lpipeline pipeline;
    uint8_t stage;
    struct hmap slots;          /* Contains "struct slot"s. */
    struct ovs_list in_dirty;   /* In ltables' 'dirty_tables', or empty; in
                                 * 'tables' of a batch once it is empty. */
    bool is_default;            /* Nothing but "next;" on all packets. */
};

/* Where look-ups of a datapath in a stage go.  Immutable, freed by RCU. */
struct lview {
    size_t n;
    const struct ltable *tables[]; /* The datapath's own first. */
};

/* A look-up takes longer with each. */
#define LVIEW_MAX_SHARED 4

struct ldatapath {
    struct ovs_list in_tables;
    struct ltables *tables;
    uint32_t key;
    /* Of a stage that has one table only, small and the datapath's own: its
     * 'scan', at hand. */
    OVSRCU_TYPE(struct scan *) scans[2][N_LSTAGES];
    OVSRCU_TYPE(struct lview *) views[2][N_LSTAGES];
    struct ltable *own[2][N_LSTAGES]; /* NULL where it has none. */
    atomic_uint8_t skip[2][N_LSTAGES + 1];
    atomic_uint64_t generation;
    struct ovs_list in_dirty; /* In ltables' 'dirty_datapaths', or empty. */
    bool skip_is_dirty;
};

/* Rules that have become invisible together, and may be removed when 'over'
 * says that every thread has stopped looking at them. */
struct batch {
    struct ovs_list in_tables;
    struct slot_rule *rules; /* Linked by 'next_removed'. */
    struct ovs_list flows;  /* Contains "struct entry"s. */
    struct ovs_list tables; /* Contains "struct ltable"s, after their rules. */
    atomic_bool over;
};

struct ltables {
    const struct symtab *symtab;
    const struct lact_table *actions;
    const struct lenv *env;
    atomic_uint64_t version;    /* What look-ups see. */
    struct ovs_list datapaths;  /* Contains "struct ldatapath"s. */
    struct hmap flows;          /* Contains "struct entry"s. */
    struct hmap groups;         /* Contains "struct lgroup"s. */
    struct hmap refs;           /* Contains "struct ref"s. */
    struct ovs_list dirty_slots;
    struct ovs_list dirty_tables;
    struct ovs_list dirty_datapaths;
    struct batch *batch;        /* What the next publication takes away. */
    struct ovs_list batches;    /* What earlier ones took away. */
    uint32_t next_conj_id;
};

/* ltable_slot.c */
void slot_contribute(struct ltable *, const struct minimatch *, int priority,
                     struct contribution *);
void slot_withdraw(struct contribution *);
void slot_free(struct slot *);
void slot_rule_free(struct slot_rule *);

/* ltable_group.c: the table of a stage that is the datapath's own. */
struct ltable *ldatapath_table(struct ldatapath *, enum lpipeline,
                               uint8_t stage);
/* The table has another scan. */
void ldatapath_update_scan(struct ldatapath *, const struct ltable *);
/* The group of flows in these datapaths; it goes when it has none. */
struct lgroup *lgroup_get(struct ltables *, struct ldatapath *const *,
                          size_t n);
void lgroup_unuse(struct lgroup *);
struct lstage *lgroup_stage(struct lgroup *, enum lpipeline, uint8_t stage);
/* After a flow was added: perhaps there are enough now to share a table. */
void lstage_share(struct lstage *);
/* A datapath goes: its flows leave it. */
void lgroups_forget(struct ltables *, struct ldatapath *);
/* An empty table goes, once nobody can be looking.  False if it stays. */
bool ltable_retire(struct ltable *);
void ltable_free(struct ltable *);
/* Its datapaths have other flows now; 'skip' if it may matter to
 * ldatapath_skip(). */
void ltable_touch_datapaths(struct ltable *, bool skip);

/* ltable_publish.c, for ltable.c. */
struct batch *batch_new(void);
/* Nobody looks, so all that has been taken away can go. */
void ltables_reap_all(struct ltables *);

/* ltable_flow.c */
void instance_uninstall(struct instance *);
void entry_free(struct entry *);

#endif /* lflow/ltable_private.h */
