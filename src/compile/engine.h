/* Inside of src/compile: nodes and who read them.  Features do not include
 * this. */

#ifndef COMPILE_ENGINE_H
#define COMPILE_ENGINE_H 1

#include "feature.h"

/* Kinds of nodes, in the order in which they are computed: a node reads nodes
 * of lower kinds only. */
enum {
    KIND_ROW = 0, /* + enum ctable */
    KIND_FACT = KIND_ROW + N_CTABLES, /* + enum cfact */
    KIND_OPTION = KIND_FACT + N_CFACTS,
    KIND_RELATION,                             /* + enum crelation */
    KIND_VIEW = KIND_RELATION + N_CRELATIONS,  /* + enum cview */
    KIND_UNIT = KIND_VIEW + N_CVIEWS,          /* + index in units[] */
};

enum {
#define CUNIT(NAME) CUNIT_##NAME,
#include "features.def"
    N_CUNITS
};

enum { N_KINDS = KIND_UNIT + N_CUNITS };

extern const struct cunit_class *const cunit_classes[N_CUNITS];
extern const struct cview_class *const cview_classes[N_CVIEWS];
extern const struct ovsdb_idl_table_class *const ctable_classes[N_CTABLES];

/* "The computation of 'reader' read 'source'." */
struct cedge {
    struct ovs_list in_source; /* In the ring of source->readers. */
    struct cnode *source, *reader;
    struct cedge *next; /* In reader->reads. */
};

struct cnode {
    struct hmap_node by_key; /* In compile->nodes. */
    struct uuid key;
    uint16_t kind;
    bool dirty;               /* In compile->dirty[kind]. */
    bool orphan;              /* In compile->orphans. */
    struct ovs_list in_queue; /* In one of these. */
    struct cedge *readers;    /* The oldest of a ring; NULL: nobody. */
    struct cedge *reads;
    const struct cnode *noted; /* The last that read this. */

    /* Row: struct cspeech.  Fact, option: char *.  Relation: struct crelated.
     * View: the view's.  Unit: struct cemitted. */
    void *value;
};

/* Relation: who speaks of the key. */
struct crelated {
    uint32_t n, allocated;
    struct uuid uuids[]; /* In order. */
};

/* What a row speaks of, in order. */
struct cword {
    enum crelation relation;
    struct uuid key;
};

struct cspeech {
    struct cword *words;
    size_t n, allocated;
};

void cspeech_add(struct cspeech *, enum crelation, const struct uuid *);
void cspeech_add_name(struct cspeech *, enum crelation, const char *);
/* What 'row' of 'table' says. */
void cspeech_of(enum ctable, const void *row, struct cspeech *);

/* What a unit has emitted. */
struct cemitted {
    struct cflow_node **flows;
    size_t n_flows, allocated_flows;
    struct crow_node **rows;
    size_t n_rows, allocated_rows;
    struct ckey_node **keys;
    size_t n_keys, allocated_keys;
    const struct cdps **dps; /* That rows refer to. */
    size_t n_dps, allocated_dps;
    struct diag *reports;
    size_t n_reports, allocated_reports;
    struct ovs_list in_reporting; /* In compile->reporting, if any. */
    unsigned int reported; /* compile->reports_seqno with these reports. */
};

/* A flow that somebody wants. */
struct cflow_node {
    struct hmap_node node;
    struct uuid id;
    unsigned int n_refs;
    const struct cdps *dps;
    void *handles[]; /* Of the sinks that have them, see compile->handles. */
};

struct crow_node {
    struct hmap_node node;
    const char *table; /* Static. */
    struct uuid uuid;
    struct uuid digest; /* Of the content. */
    unsigned int n_refs;
};

struct ckey_node {
    struct hmap_node by_owner;
    struct hmap_node by_key;
    struct uuid space, owner;
    uint32_t key;
    unsigned int n_refs;
};

struct compile {
    struct ovsdb_idl *nb;
    struct csink sinks[COMPILE_MAX_SINKS];
    size_t n_sinks;
    int handles[COMPILE_MAX_SINKS]; /* Of each sink, which of a flow's handles
                                     * is its; -1: it has none. */
    size_t n_handles;               /* So many sinks have. */
    bool rescan; /* Look at all rows, not at the tracked ones. */

    struct hmap nodes;              /* Contains "struct cnode"s. */
    struct hmapx options;           /* Those of KIND_OPTION. */
    struct ovs_list dirty[N_KINDS]; /* Contains "struct cnode"s. */
    struct ovs_list orphans;        /* Views that nobody may read. */
    struct hmap facts[N_CFACTS];    /* Of "struct cfact_value"s. */
    struct hmap dps;                /* Contains "struct cdps"s. */
    struct hmap flows;              /* Contains "struct cflow_node"s. */
    struct hmap rows;               /* Contains "struct crow_node"s. */
    struct hmap keys_by_owner;      /* Contains "struct ckey_node"s. */
    struct hmap keys_by_key;        /* The same. */

    struct ovs_list reporting;      /* "struct cemitted"s with reports, the
                                     * newest last. */
    unsigned int reports_seqno;
    bool changed; /* A sink was told something. */
    int replay;   /* This sink is told everything anew; -1: none. */
    const struct csink *reader; /* In compile_tell(): units' emissions are
                                 * told to this one and otherwise without
                                 * effect.  Else NULL. */
    size_t n_read;              /* What it has been told so far. */
    size_t n_computed, n_edges;
};

/* A computation: of 'node', which is a view or a unit. */
struct cctx {
    struct compile *compile;
    struct cnode *node;
    struct cemitted *emitted; /* NULL unless it is a unit. */
};

/* The row has changed, has come or is gone.  'uuid' is the caller's copy: the
 * row may be gone. */
void compile_update_row(struct compile *, enum ctable, const struct uuid *);
struct cnode *cnode_find(const struct compile *, uint16_t kind,
                         const struct uuid *);
struct cnode *cnode_get(struct compile *, uint16_t kind, const struct uuid *);
void cnode_mark(struct compile *, struct cnode *);
void cnode_mark_readers(struct compile *, struct cnode *);
void cnode_remove(struct compile *, struct cnode *);
/* The node's value, from what it reads, which is noted. */
void cnode_compute(struct compile *, struct cnode *);
/* 'ctx' reads 'node'. */
void cctx_note(struct cctx *, struct cnode *);

/* relations.c: the row speaks differently now; NULL, it is gone. */
void cspeech_update(struct compile *, enum ctable, const struct uuid *,
                    const void *row);
void cspeech_free(struct cspeech *);

/* emit.c */
void cemitted_release(struct compile *, struct cemitted *);
/* No more will be emitted. */
void cemitted_trim(struct cemitted *);

/* facts.c */
void cfacts_uninit(struct compile *);
char *cfact_compute(const struct compile *, const struct cnode *);

/* keys.c */
void ckey_unref(struct compile *, struct ckey_node *);

/* dps.c: a flow's use of a set makes its Logical_DP_Group row. */
void cdps_use(struct compile *, const struct cdps *);
/* A replay or a telling begins; the sink is told of the set unless it has been
 * since. */
void cdps_replay(struct compile *);
void cdps_tell(struct compile *, const struct cdps *);
void cdps_unuse(struct compile *, const struct cdps *);

void crow_add(struct compile *, const char *table, const struct uuid *,
              struct json **row, struct crow_node **);
void crow_release(struct compile *, struct crow_node *);
struct crow_node *crow_find(const struct compile *, const char *table,
                            const struct uuid *);

#endif /* compile/engine.h */
