/* Flow tables: which flow does a packet match in a stage of a datapath?
 *
 * A flow is added once, for one or several datapaths (Logical_DP_Group), and
 * is found by every look-up from the next ltables_publish() on: changes of one
 * batch become visible at once and whole.  Flows may be gone from the tables
 * and still be in use by a look-up: they are freed after an RCU grace period.
 *
 * Of two matching flows with the same priority either may be found, but always
 * the same one.  The wildcards given to a look-up get a 1-bit for each bit of
 * the packet that the answer depended on: a bit too many costs speed, a bit
 * too few would misforward.
 *
 * A stage with nothing but one flow that matches everything costs no look-up:
 * ldatapath_skip() walks over such stages. */

#ifndef LFLOW_LTABLE_H
#define LFLOW_LTABLE_H 1

#include "expr.h"
#include "lact.h"
#include "lenv.h"
#include "ovs.h"

/* Flows of one datapath, 2 x N_LSTAGES stages. */
struct ldatapath;
struct ltables;

/* A flow as its author describes it; all borrowed for the call. */
struct lflow_desc {
    struct uuid uuid; /* Of the row: the cookie of trace and events. */
    struct ldatapath *const *datapaths;
    size_t n_datapaths;
    enum lpipeline pipeline;
    uint8_t stage; /* Below N_LSTAGES. */
    uint16_t priority;
    const char *match;
    const char *actions;
    const char *stage_name; /* For people; may be NULL. */
    const char *meter;      /* controller_meter; may be NULL. */
    bool brief;             /* What is for people only is not kept. */
};

/* A flow in the tables.  Immutable for look-ups, freed by RCU. */
struct lflow {
    struct uuid uuid;
    enum lpipeline pipeline;
    uint8_t stage;
    uint16_t priority;
    uint8_t n_words;   /* The actions begin with so many assignments, which
                        * 'words' are, too... */
    bool only_assigns; /* ...and what is behind them is "next;". */
    char *match;         /* As written; may be NULL if it was brief. */
    struct lacts actions;
    char *stage_name;    /* May be NULL. */
    char *meter;         /* May be NULL. */
    struct flow_word words[];
};

/* Are the actions "next;" and nothing else? */
static inline bool
lflow_is_only_next(const struct lflow *flow)
{
    return flow->only_assigns && !flow->n_words;
}

/* All are borrowed for as long as the tables live. */
struct ltables *ltables_new(const struct symtab *, const struct lact_table *,
                            const struct lenv *);
/* With all datapaths and flows.  No look-up may be going on. */
void ltables_free(struct ltables *);

/* 'key' is the datapath's tunnel_key, and what flow->metadata holds. */
struct ldatapath *ldatapath_new(struct ltables *, uint32_t key);
/* Flows leave it; those in no other datapath stay, to be removed.  No look-up
 * in it may be going on. */
void ldatapath_free(struct ldatapath *);
uint32_t ldatapath_key(const struct ldatapath *);

/* Parses, compiles and inserts.  NULL on failure, with '*error' the caller's:
 * the other flows go on. */
const struct lflow *ltables_add(struct ltables *, const struct lflow_desc *,
                                char **error) OVS_WARN_UNUSED_RESULT;
void ltables_remove(struct ltables *, const struct lflow *);
/* The flow that was added with 'uuid' (one of them, if there are several) and
 * not removed since; or NULL. */
const struct lflow *ltables_find(const struct ltables *,
                                 const struct uuid *);
size_t ltables_n_flows(const struct ltables *);

/* What 'name' stands for has changed: compiles the flows that speak of it
 * again.  Returns how many. */
size_t ltables_touch(struct ltables *, enum expr_ref_type, const char *name);

/* Makes all changes so far visible to look-ups, and frees what earlier changes
 * took away, if nobody can be looking at it any more. */
void ltables_publish(struct ltables *);

/* Grows with each publication that changed anything: what a cache compares.
 * ldatapath_generation() grows only if that datapath's flows changed. */
uint64_t ltables_generation(const struct ltables *);
uint64_t ldatapath_generation(const struct ldatapath *);

/* The flow that 'flow' matches, or NULL.  'flow' is not changed when it
 * returns; 'wc' may be NULL.  The result is good until the thread quiesces. */
const struct lflow *ldatapath_lookup(const struct ldatapath *,
                                     enum lpipeline, uint8_t stage,
                                     struct flow *,
                                     struct flow_wildcards *wc);

/* The first stage from 'stage' on that does anything but "next;" on all
 * packets; N_LSTAGES if there is none. */
uint8_t ldatapath_skip(const struct ldatapath *, enum lpipeline,
                       uint8_t stage);

#endif /* lflow/ltable.h */
