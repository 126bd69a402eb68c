/* A Northbound database without a server, and what is compiled of it.
 *
 *     struct nb_world w;
 *     nb_world_init(&w);
 *     nb_world_add_switch(&w, "sw0");
 *     nb_world_compile(&w);
 *     assert_flow(&w, "ls_in_l2_lkup sw0 50 (1) (...)");
 *     nb_world_uninit(&w);
 *
 * Rows live in a transaction that is never sent.  They may be changed and
 * deleted between calls of nb_world_compile(), each of which also compares
 * the flows and rows with those of a fresh start. */

#ifndef TESTS_NB_WORLD_H
#define TESTS_NB_WORLD_H 1

#include "compile.h"
#include "ovn-nb-idl.h"
#include "ovs.h"

struct nb_world {
    struct ovsdb_idl *idl;
    struct ovsdb_idl_txn *txn;
    struct compile *compile;
    void *target;       /* What it writes to. */
    struct shash flows; /* By id as text: "struct svec"s of texts. */
    struct shash rows;  /* "TABLE UUID" -> the row as JSON text. */
    struct smap facts;  /* "KIND NAME" -> value. */
    struct smap seen;   /* "TABLE UUID" -> the Northbound row as text. */
    size_t n_added, n_removed; /* Flows, by the last nb_world_compile(). */
};

void nb_world_init(struct nb_world *);
void nb_world_uninit(struct nb_world *);

/* Rows with nothing but a name, and for ports their place.  (The IDL's
 * "update_ports_addvalue" does not show in the replica: use set_ports.) */
struct nbrec_logical_switch *nb_world_add_switch(struct nb_world *,
                                                 const char *name);
struct nbrec_logical_switch_port *nb_world_add_port(
    struct nb_world *, struct nbrec_logical_switch *, const char *name);
struct nbrec_logical_router *nb_world_add_router(struct nb_world *,
                                                 const char *name);
/* 'networks' are separated by spaces. */
struct nbrec_logical_router_port *nb_world_add_router_port(
    struct nb_world *, struct nbrec_logical_router *, const char *name,
    const char *mac, const char *networks);

/* What has changed; fails if the result is not that of a fresh start, or not
 * what is told to somebody who looks (nb_told.h). */
void nb_world_compile(struct nb_world *);

/* As compile_set_fact(), now and for fresh starts. */
void nb_world_set_fact(struct nb_world *, enum cfact, const char *name,
                       const char *value);

/* Flows are written "STAGE DATAPATH PRIORITY (MATCH) (ACTIONS)", with
 * " METER" behind if there is one; a flow of several datapaths is several
 * flows. */
#define assert_flow(W, TEXT) nb_world_assert_flow(W, TEXT, true, __FILE__,    \
                                                  __LINE__)
#define assert_no_flow(W, TEXT) nb_world_assert_flow(W, TEXT, false,          \
                                                     __FILE__, __LINE__)
void nb_world_assert_flow(const struct nb_world *, const char *text,
                          bool there, const char *file, int line);

/* How many flows have 'part' in their text. */
size_t nb_world_count(const struct nb_world *, const char *part);

/* The row of 'table' whose text contains 'part', or NULL. */
const char *nb_world_row(const struct nb_world *, const char *table,
                         const char *part);

/* The first report whose text contains 'part', the caller's; or NULL. */
char *nb_world_report(const struct nb_world *, const char *part);

#endif /* nb_world.h */
