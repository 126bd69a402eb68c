/* Inside of south.c and south_monitor.c. */

#ifndef NORTH_SOUTH_PRIVATE_H
#define NORTH_SOUTH_PRIVATE_H 1

#include "south.h"

/* Tables that the compiler owns, and what makes a row of them unique besides
 * its UUID: columns, or NULL. */
struct south_table {
    const char *name;
    const char *unique[2];
};

enum { N_SOUTH_TABLES = 23 };
extern const struct south_table south_tables[N_SOUTH_TABLES];

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

struct south {
    struct ovsdb_cs *cs;
    const struct south_ops *ops;
    void *aux;

    bool synced;       /* The content is here. */
    bool swept;        /* Rows that nobody wants have been deleted. */
    bool needs_replay;
    struct hmap rows;  /* Contains "struct south_row"s. */
    struct sset unique; /* "TABLE VALUE VALUE" of wanted rows. */

    struct json *operations; /* Of the next transaction; NULL: none. */
    struct json *request;    /* ID of the one under way; NULL: none. */
    int64_t nb_cfg, nb_cfg_under_way, sb_cfg;
    struct simap chassis_cfg; /* Chassis_Private's UUID -> nb_cfg. */
    struct smap ports;        /* Port_Binding's UUID -> logical_port. */
    struct smap chassis;      /* Chassis' UUID -> name. */
    struct smap backends;     /* Service_Monitor's UUID -> name. */
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

/* south_monitor.c: <table-updates> of the server. */
struct json *south_monitor_requests(const struct json *schema, void *south);
void south_update(struct south *, const struct ovsdb_cs_update_event *);

#endif /* north/south_private.h */
