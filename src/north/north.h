/* Keeps a Southbound database, and another sink of this process, as a
 * Northbound database wants them: Rouse's own northd.
 *
 * in:     OVN_Northbound
 * out:    OVN_Southbound (south.h); the caller's sink (the network that
 *         packets go through); and back into Northbound (back.h): NB_Global's
 *         sb_cfg and hv_cfg, dynamic addresses, which ports are up
 * owner:  the sink's aux is the caller's
 * thread: one; nothing blocks
 *
 * Only the process that has OVN's lock "ovn_northd" of the Southbound database
 * writes; so stock ovn-northd and this never both do. */

#ifndef NORTH_NORTH_H
#define NORTH_NORTH_H 1

#include "compile.h"
#include "ovs.h"

struct north;

struct north_config {
    const char *nb_remote;
    /* NULL, or another's connection to 'nb_remote' that is used for reading:
     * it has been given to compile_add_columns(), has not run yet and outlives
     * this.  The other one runs it before each north_run(), which clears what
     * is tracked. */
    struct idlconn *nb;
    const char *sb_remote;
    const struct csink *sink; /* Told, too; copied.  NULL: none. */
    bool no_sb_flows; /* The sink has the flows; Southbound has none. */
};

struct north *north_new(const struct north_config *);
void north_free(struct north *);

/* True if the sink was told anything. */
bool north_run(struct north *);
void north_wait(struct north *);

/* True once the databases' content has been compiled. */
bool north_is_ready(const struct north *);
/* False: another process has the lock, and this one only looks on. */
bool north_is_active(const struct north *);

/* True if all that has been compiled is written, and was answered. */
bool north_is_settled(const struct north *);

/* NB_Global.nb_cfg as it was when that was compiled; what compiled from it has
 * been told to the sink. */
int64_t north_nb_cfg(const struct north *);

/* Tells the caller's sink everything anew, in the next run. */
void north_replay(struct north *);

/* compile_tell(), of what the caller's sink has been told.  False if it cannot
 * be had now: nothing has been compiled yet, or not the rows that are here,
 * since another process has the lock. */
bool north_tell(struct north *, const struct csink *, size_t n,
                size_t *cursor);
/* How many times what is told has changed. */
size_t north_n_changes(const struct north *);

/* The flows are for packets of the chassis of that name only.  What is written
 * for several chassis means what it means there; see CFACT_SELF. */
void north_set_self(struct north *, const char *chassis);

/* A VIP of a load balancer is about to get these backends: flows are as if it
 * had them already, unless it has some.  NULL: it is not. */
void north_forecast(struct north *, const struct uuid *lb, const char *vip,
                    const char *backends);
/* True if the load balancer has the VIP and has backends for it. */
bool north_vip_has_backends(const struct north *, const struct uuid *lb,
                            const char *vip);

/* For status: the caller's. */
struct json *north_status(const struct north *);

#endif /* north/north.h */
