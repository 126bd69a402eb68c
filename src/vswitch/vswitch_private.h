/* Shared by the files of vswitch/ only. */

#ifndef VSWITCH_VSWITCH_PRIVATE_H
#define VSWITCH_VSWITCH_PRIVATE_H 1

#include "idlconn.h"
#include "vswitch.h"

/* A row of Interface, wanted or not, and what is to be written there. */
struct vswitch_entry {
    struct vswitch_port port;
    struct uuid row;
    bool wanted;     /* In vswitch_ports(). */
    bool seen;       /* In the last snapshot. */
    bool dirty;      /* 'report' is not in the row yet. */
    bool reported;
    struct vswitch_report report; /* Its 'error' is owned. */
};

struct vswitch {
    struct idlconn conn;
    char *bridge;
    uint64_t seqno;
    unsigned int idl_seqno;  /* Of the rows that were read last. */
    unsigned int generation;
    bool complete;           /* All rows that must be there are. */
    struct shash entries;    /* Contains "struct vswitch_entry"s, by name. */
    struct shash ports;      /* Contains "struct vswitch_port"s: borrowed from
                              * those that are wanted. */
    struct vswitch_chassis chassis;
    bool dirty;              /* Something is to be written. */
    int64_t next_cfg;        /* As read. */
    int64_t acked_cfg;       /* Has been done; -1: none. */
};

/* vswitch_rows.c: rows -> entries, chassis. */
void vswitch_add_tables(struct ovsdb_idl *);
void vswitch_read(struct vswitch *);
void vswitch_chassis_uninit(struct vswitch_chassis *);
void vswitch_entry_free(struct vswitch_entry *);

/* vswitch_write.c: what is missing, and what was reported -> rows. */
bool vswitch_is_complete(const struct vswitch *);
void vswitch_make_missing(struct vswitch *, struct ovsdb_idl_txn *);
void vswitch_write_reports(struct vswitch *, struct ovsdb_idl_txn *);

#endif /* vswitch/vswitch_private.h */
