/* Datapath_Binding and Port_Binding rows, for switches and routers alike. */

#ifndef COMPILE_ROWS_BINDING_H
#define COMPILE_ROWS_BINDING_H 1

#include "feature.h"

struct cdatapath {
    struct uuid uuid;
    const char *name;
    const char *kind; /* "logical-switch" or "logical-router". */
    const struct smap *external_ids; /* Of the Northbound row. */
    const char *alias; /* Which of them is a second name. */
    const struct smap *more_ids; /* To write as they are; or NULL. */
    uint32_t requested_key;
};

void cdatapath_emit(struct cctx *, const struct cdatapath *);

/* The key that its row has; 0 if there is none left. */
uint32_t cdatapath_key(struct cctx *, const struct uuid *datapath,
                       uint32_t requested_key);

struct cport_binding {
    struct uuid uuid; /* Of the row. */
    struct uuid datapath;
    const char *name;
    const char *type;
    uint32_t requested_key;
    const char *parent; /* Or NULL. */
    int64_t tag;        /* 0 for none. */
    struct svec macs;
    char **security;
    size_t n_security;
    struct smap options;
    struct svec nat_addresses;
    struct uuid ha_group; /* HA_Chassis_Group, or zero. */
    struct uuid *mirrors; /* Mirror. */
    size_t n_mirrors;
    const struct smap *external_ids; /* Or NULL. */
};

/* The tunnel key that the port's row has or will have; 0 if none is left. */
uint32_t cport_key(struct cctx *, const struct uuid *datapath,
                   const struct uuid *port, const char *name,
                   uint32_t requested);

/* The row of the chassisredirect port of the router's port 'name'. */
struct uuid cport_redirect_uuid(const char *name);

/* False, and reported, if there is no tunnel key left. */
bool cport_binding_emit(struct cctx *, const struct cport_binding *);

/* A Multicast_Group: 'ports' are UUIDs of Port_Bindings. */
void cgroup_emit(struct cctx *, const struct uuid *datapath,
                 const char *name, uint32_t key, const struct uuid *ports,
                 size_t n);

#endif /* compile/rows_binding.h */
