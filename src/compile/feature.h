/* What a feature sees: rows, relations and views to read, flows and rows to
 * emit.  See compile.h for the idea.
 *
 * A feature is a file feat_x.c with one or more units, each named in
 * features.def: for each row of one Northbound table the unit's function is
 * called with the row, and again whenever something changed that it read.  It
 * emits the flows and Southbound rows that the feature wants because of that
 * row; whatever it emitted in an earlier call is forgotten.
 *
 * Rows are read with get_ls(), get_lsp(), ...: of a pointer to a row that is
 * found in a row only the UUID may be used ("lsp->dhcpv4_options->header_"),
 * since nobody would notice when that row changes. */

#ifndef COMPILE_FEATURE_H
#define COMPILE_FEATURE_H 1

#include "compile.h"
#include "ovn-nb-idl.h"
#include "ovs.h"

/* One computation going on. */
struct cctx;

enum ctable {
#define CTABLE(ID, NAME) CT_##ID,
#include "tables.def"
    N_CTABLES
};

enum crelation {
#define CRELATION(ID) CR_##ID,
#include "relations.def"
    N_CRELATIONS
};

/* --- Reading rows --- */

/* The row, or NULL if there is none (any more). */
const void *cctx_row(struct cctx *, enum ctable, const struct uuid *);

#define CTABLE_GETTER(FUNCTION, ID, NAME)                                     \
    static inline const struct nbrec_##NAME *FUNCTION(                        \
        struct cctx *ctx, const struct uuid *uuid)                            \
    {                                                                         \
        return cctx_row(ctx, CT_##ID, uuid);                                  \
    }
CTABLE_GETTER(get_copp, COPP, copp)
CTABLE_GETTER(get_ls, LS, logical_switch)
CTABLE_GETTER(get_lsp, LSP, logical_switch_port)
CTABLE_GETTER(get_fwg, FWG, forwarding_group)
CTABLE_GETTER(get_as, AS, address_set)
CTABLE_GETTER(get_pg, PG, port_group)
CTABLE_GETTER(get_lb, LB, load_balancer)
CTABLE_GETTER(get_lbg, LBG, load_balancer_group)
CTABLE_GETTER(get_hc, HC, load_balancer_health_check)
CTABLE_GETTER(get_acl, ACL, acl)
CTABLE_GETTER(get_qos, QOS, qos)
CTABLE_GETTER(get_mirror, MIRROR, mirror)
CTABLE_GETTER(get_meter, METER, meter)
CTABLE_GETTER(get_band, BAND, meter_band)
CTABLE_GETTER(get_lr, LR, logical_router)
CTABLE_GETTER(get_lrp, LRP, logical_router_port)
CTABLE_GETTER(get_route, ROUTE, logical_router_static_route)
CTABLE_GETTER(get_policy, POLICY, logical_router_policy)
CTABLE_GETTER(get_nat, NAT, nat)
CTABLE_GETTER(get_dhcp, DHCP, dhcp_options)
CTABLE_GETTER(get_dns, DNS, dns)
CTABLE_GETTER(get_gwchassis, GWCHASSIS, gateway_chassis)
CTABLE_GETTER(get_hachassis, HACHASSIS, ha_chassis)
CTABLE_GETTER(get_hagroup, HAGROUP, ha_chassis_group)
CTABLE_GETTER(get_bfd, BFD, bfd)
CTABLE_GETTER(get_smac, SMAC, static_mac_binding)
CTABLE_GETTER(get_template, TEMPLATE, chassis_template_var)
#undef CTABLE_GETTER

/* The row of NB_Global, or NULL.  Prefer cctx_option(): the row changes with
 * each "ovn-nbctl --wait". */
const struct nbrec_nb_global *get_global(struct cctx *);
/* NB_Global.options:NAME or NULL; only a change of that option is noted. */
const char *cctx_option(struct cctx *, const char *name);
bool cctx_option_bool(struct cctx *, const char *name, bool or_else);

/* --- Reading relations --- */

/* UUIDs of rows that speak of 'key', in order; borrowed until the end of the
 * computation. */
const struct uuid *cctx_related(struct cctx *, enum crelation,
                                const struct uuid *key, size_t *n);
/* Likewise, where rows speak of names. */
const struct uuid *cctx_named(struct cctx *, enum crelation, const char *name,
                              size_t *n);
/* The only one of the two above: NULL if there is none; the first of several
 * (a row that must be referenced once and is not). */
const struct uuid *cctx_related1(struct cctx *, enum crelation,
                                 const struct uuid *key);
const struct uuid *cctx_named1(struct cctx *, enum crelation,
                               const char *name);

/* A fact of compile_set_fact(), or NULL. */
const char *cctx_fact(struct cctx *, enum cfact, const char *name);

/* --- Reading views (views.h) --- */

enum cview {
#define CVIEW(ID, TYPE, NAME) CV_##ID,
#include "views.def"
    N_CVIEWS
};

/* The view of 'key', computed now if need be; NULL if there is none. */
const void *cctx_view(struct cctx *, enum cview, const struct uuid *key);

/* How a view is made.  'compute' returns a new value or NULL; it may read
 * rows, relations and views that stand before it in views.def.  'equal' (of
 * two values, neither NULL) saves those who have read it from being computed
 * again; NULL: never equal. */
struct cview_class {
    void *(*compute)(struct cctx *, const struct uuid *key);
    bool (*equal)(const void *, const void *);
    void (*free)(void *);
};

/* --- Emitting --- */

/* Flows of a unit.  Texts are copied or used at once. */
void cflow_emit(struct cctx *, const struct cflow *);

/* A Southbound row of 'table' with the UUID 'uuid' (uuid_digest() where it is
 * not that of a Northbound row); '*row' is taken.  rows.h makes them. */
void crow_emit(struct cctx *, const char *table, const struct uuid *,
               struct json **row);

/* Something in the unit's row that cannot be used or is not done; all others
 * go on.  'remedy' says what to write instead and may be NULL. */
void creport(struct cctx *, const char *row_name, const char *column,
             const char *remedy, const char *problem, ...)
    OVS_PRINTF_FORMAT(5, 6);

/* A set of datapaths for flows and views: '*uuids' (n of 1 or more, in any
 * order, duplicates allowed) is sorted in place.  The caller owns one
 * reference. */
const struct cdps *cdps_get(struct cctx *, struct uuid *uuids, size_t n);
/* The set with that id, if somebody has it; borrowed. */
const struct cdps *cdps_find(struct cctx *, const struct uuid *id);
/* A unit's row refers to the set: with more than one datapath, its
 * Logical_DP_Group row is there as long as the unit says so. */
void cdps_emit(struct cctx *, const struct cdps *);
const struct cdps *cdps_ref(const struct cdps *);
void cdps_unref(const struct cdps *);
bool cdps_contains(const struct cdps *, const struct uuid *);

/* A UUID made from texts: the same for the same texts.  NULL-terminated. */
struct uuid uuid_digest(const char *, ...)
    __attribute__((sentinel));

/* The tunnel key of 'owner' in 'space' (zero: datapaths; else the datapath
 * whose port or group it is): kept as long as some unit asks for it, and over
 * restarts by CFACT_TUNNEL_KEY (named 'name').  'requested' of 0: any.
 * 0 if there is none left between 'min' and 'max'. */
struct ckey_request {
    struct uuid space;
    struct uuid owner;
    const char *name;
    uint32_t requested;
    uint32_t min, max;
};
uint32_t ckey_get(struct cctx *, const struct ckey_request *);

/* A unit: 'compile' is called for each row of 'table'. */
struct cunit_class {
    enum ctable table;
    void (*compile)(struct cctx *, const void *row);
};

#endif /* compile/feature.h */
