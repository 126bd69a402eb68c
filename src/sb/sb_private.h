/* Shared by the files of sb/ only. */

#ifndef SB_SB_PRIVATE_H
#define SB_SB_PRIVATE_H 1

#include "idlconn.h"
#include "global_limits.h"
#include "ovn-sb-idl.h"
#include "sb.h"

/* sb_policy.c: SB_Global.external_ids. */
struct sb_policies {
    bool enabled;
    bool publisher;
    bool dirty;          /* The row may have to be written. */
    struct hmap known;   /* Contains struct policy_entry: what the row has. */
    struct hmap wanted;  /* The same: what it is to have. */
    struct global_limits limits;        /* As the row has them. */
    struct global_limits limits_wanted; /* Those of chassis: as it is to. */
    uint64_t seqno;      /* Grows with each change of 'known' or limits. */
    int64_t look;        /* As in the row. */
    int64_t look_wanted; /* To be in the row if that is larger. */
};

void sb_policies_init(struct sb_policies *, bool enabled);
void sb_policies_uninit(struct sb_policies *);
void sb_policies_add_tables(struct sb_policies *, struct ovsdb_idl *);
void sb_policies_run(struct sb_policies *, struct ovsdb_idl *, bool resync);
/* Writes within the open transaction.  Ask first whether there is need to. */
bool sb_policies_are_dirty(struct sb_policies *, struct ovsdb_idl *);
void sb_policies_write(struct sb_policies *, struct ovsdb_idl *);

/* sb_activity.c: Chassis_Private.external_ids. */
struct sb_activities {
    enum sb_activity_mode mode;
    struct ovsdb_idl_index *by_name; /* Chassis_Private; the IDL's. */
    struct hmap chassis;  /* Contains struct sb_chassis_activity. */
    uint64_t seqno;
    bool marks;           /* This process marks rows, too. */
    bool active;          /* This process reports. */
    bool dirty;           /* The own row may have to be written. */
    struct smap wanted;   /* Keys that it is to have. */
};

void sb_activities_init(struct sb_activities *, enum sb_activity_mode);
void sb_activities_uninit(struct sb_activities *);
void sb_activities_add_tables(struct sb_activities *, struct ovsdb_idl *);
void sb_activities_set_chassis(struct sb_activities *, struct ovsdb_idl *,
                               const char *name);
void sb_activities_run(struct sb_activities *, struct ovsdb_idl *,
                       bool resync);
/* As with struct sb_policies; 'own' is the own chassis, or NULL. */
bool sb_activities_are_dirty(struct sb_activities *, const char *own);
void sb_activities_write(struct sb_activities *, const char *own);

/* sb_backends.c: what is known of load balancers and their backends. */
struct sb_backends {
    bool enabled;
    bool no_vips;            /* See struct sb_options. */
    uint64_t seqno;          /* Grows with each change. */
    struct hmap lbs_by_nb;   /* Contains struct sb_lb, by NB UUID. */
    struct hmap lbs_by_row;  /* The same, by UUID of the row. */
    struct hmap monitors;    /* Contains struct sb_monitor, by backend. */
    struct hmap checks;      /* Contains struct sb_check, by row. */
    struct ovsdb_idl_index *datapaths; /* By tunnel key; the IDL's. */
};

void sb_backends_init(struct sb_backends *, const struct sb_options *);
void sb_backends_uninit(struct sb_backends *);
void sb_backends_add_tables(struct sb_backends *, struct ovsdb_idl *);
/* Looks at the rows that the IDL has tracked; with 'resync' also for rows that
 * have vanished untracked. */
void sb_backends_run(struct sb_backends *, struct ovsdb_idl *, bool resync);

/* sb_write.c: what is to be written. */
enum sb_op_kind {
    SB_OP_INSERT,
    SB_OP_DELETE,
    SB_OP_ANNOTATE,
};

struct sb_op {
    struct hmap_node by_key; /* In struct sb_writer's ops. */
    struct ovs_list node;    /* In queue or in sent. */
    struct ovs_list news_node; /* In news, or empty. */
    enum sb_op_kind kind;
    struct event event;      /* SB_OP_INSERT. */
    struct uuid row;         /* The others. */
    struct smap keys;        /* SB_OP_ANNOTATE. */
};

struct sb_writer {
    struct hmap ops;         /* Contains struct sb_op, by kind and object. */
    struct ovs_list queue;   /* To be sent, oldest first. */
    struct ovs_list sent;    /* In the transaction on its way. */
    struct ovs_list news;    /* Inserts that sb_event_next_new() has yet to
                              * hand out, oldest first. */
    size_t batch;            /* Largest number in one transaction, halved when
                              * one fails: a bad one is to be found. */
    bool sent_notes;         /* The last transaction was one of policies and
                              * activities: never with events, so that they
                              * cannot spoil them. */
    long long int notes_after_ms; /* Next try, once they were refused. */
};

struct sb {
    struct idlconn conn;
    char *chassis;           /* Own name, or NULL. */
    unsigned int generation; /* Of the replica at the last run. */
    struct hmap events;      /* Contains struct sb_event, by_uuid. */
    struct hmap by_event;    /* The valid ones, by_event. */
    struct uuid *changed;    /* Array of 'n_changed'. */
    size_t n_changed, allocated_changed;
    int64_t max_seq_num;     /* Largest found so far. */
    struct sb_backends backends;
    struct sb_policies policies;
    struct sb_activities activities;
    struct sb_writer writer;
};

void sb_writer_init(struct sb_writer *);
void sb_writer_uninit(struct sb_writer *);
/* After idlconn_run(): takes the answer to the transaction on its way. */
void sb_writer_run(struct sb *);
/* Sends what is queued if a transaction can be made now. */
void sb_writer_flush(struct sb *);

#endif /* sb/sb_private.h */
