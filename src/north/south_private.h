/* Inside of south.c, south_send.c and south_monitor.c. */

#ifndef NORTH_SOUTH_PRIVATE_H
#define NORTH_SOUTH_PRIVATE_H 1

#include "sops.h"
#include "south.h"

/* Transactions that have not been answered, of a fill. */
#define SOUTH_MAX_REQUESTS 8

/* Tables that the compiler owns, and what makes a row of them unique besides
 * its UUID: columns, or NULL. */
struct south_table {
    const char *name;
    const char *unique[2];
    /* Rows that nothing but a row of the same transaction refers to, so that
     * a fill (see "struct south") may write them in pieces. */
    bool loose;
    /* Nothing but who runs logical flows has a use for it. */
    bool for_flows;
};

enum { N_SOUTH_TABLES = 24 };
extern const struct south_table south_tables[N_SOUTH_TABLES];
enum { SOUTH_TABLE_GROUP = 2, SOUTH_TABLE_FLOW = 3 };

/* A row of one of these tables. */
struct south_row {
    struct hmap_node node; /* In south->rows. */
    struct uuid uuid;
    uint8_t table;
    bool wanted;
    bool exists;   /* In the database, or in the transaction under way. */
    bool told;     /* Wanted, and told since the last replay began. */
    unsigned int inserted; /* By which transaction of ours; 0: none. */
    char *unique;  /* Key in south->unique; NULL for none. */
};

/* A transaction on its way. */
struct south_request {
    struct json *id;
    int64_t nb_cfg; /* SB_Global.nb_cfg once it is done; -1: as before. */
};

/* What is told goes into one transaction, which is sent when all is told.
 * Not so a *fill*: after a replay, if nothing is to be deleted, what is to be
 * added is not what anybody has relied on.  It is written in pieces: first all
 * that others refer to, then, piece by piece, "loose" rows. */
struct south {
    struct ovsdb_cs *cs;
    const struct south_ops *ops;
    void *aux;

    bool no_flows;     /* See south_leave_out_flows(). */
    bool synced;       /* The content is here. */
    bool swept;        /* Rows that nobody wants have been deleted. */
    bool needs_replay;
    bool lost;         /* A transaction could not be sent. */
    struct hmap rows;  /* Contains "struct south_row"s. */
    struct sset unique; /* "TABLE VALUE VALUE" of wanted rows. */

    struct sops fill, loose; /* Of a fill... */
    bool whole;              /* ...unless it is one transaction after all, */
    bool refused;            /* as it is after one that was refused. */
    bool trim;               /* Memory is given back when that is done. */
    struct sops operations;  /* Of the transaction after that. */
    struct south_request requests[SOUTH_MAX_REQUESTS]; /* In order. */
    size_t n_requests;
    int64_t nb_cfg, sb_cfg;
    struct simap chassis_cfg; /* Chassis_Private's UUID -> nb_cfg. */
    struct smap ports;        /* Port_Binding's UUID -> logical_port. */
    struct smap chassis;      /* Chassis' UUID -> name. */
    struct smap backends;     /* Service_Monitor's UUID -> name. */
    struct smap groups;       /* IGMP_Group's UUID -> south_groups.c. */
    long long retry_at_ms;    /* After a failure; 0: at once. */

    bool has_global;  /* SB_Global has its row. */
    unsigned int n_transactions; /* Made so far... */
    unsigned int n_answered;     /* ...and answered. */
    size_t n_operations, n_failures;
    char last_error[256];
};

/* south.c */
/* Index in south_tables, or -1. */
int south_find_table(const char *name);
struct south_row *south_find_row(const struct south *, uint8_t table,
                                 const struct uuid *);
struct south_row *south_get_row(struct south *, uint8_t table,
                                const struct uuid *);
void south_remove_row(struct south *, struct south_row *);

/* south_send.c */
/* The number of the transaction that "operations" will be. */
unsigned int south_next_number(const struct south *);

/* south_groups.c: a row of IGMP_Group; NULL, it is gone. */
void south_update_group(struct south *, const char *uuid,
                        const struct json *row);

/* south_monitor.c: <table-updates> of the server. */
struct json *south_monitor_requests(const struct json *schema, void *south);
void south_update(struct south *, const struct ovsdb_cs_update_event *);

#endif /* north/south_private.h */
