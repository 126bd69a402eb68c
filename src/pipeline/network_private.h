/* What the files of the network share. */

#ifndef PIPELINE_NETWORK_PRIVATE_H
#define PIPELINE_NETWORK_PRIVATE_H 1

#include "network.h"

struct network {
    struct symtab *symtab;
    struct lenv env;
    struct ltables *tables;
    struct hmap datapaths;      /* Contains "struct net_datapath"s. */
    struct hmap ports_by_name;  /* Contains "struct net_port"s. */
    struct hmap groups_by_name; /* Contains "struct net_group"s. */
    struct shash address_sets;  /* Contains "struct constant_set"s. */
    struct shash port_groups;   /* Contains "struct sset"s. */
    struct hmap macs;           /* Contains "struct mac_entry"s. */
    struct hmap fdb;            /* Contains "struct fdb_entry"s. */
    uint16_t last_zone;
};

void network_names_init(struct network *);
void network_names_uninit(struct network *);
/* The port of that name came or went: flows that speak of it follow. */
void network_touch_port(struct network *, const char *name);
void network_learned_uninit(struct network *);

#endif /* pipeline/network_private.h */
