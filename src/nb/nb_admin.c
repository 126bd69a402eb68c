#include "nb_admin.h"

#include "cleanup.h"
#include "idlconn.h"
#include "nb_admin_place.h"
#include "ovn-nb-idl.h"

enum change_kind {
    CHANGE_ADD,
    CHANGE_REQUEST,
    CHANGE_REMOVE,
};

struct change {
    struct ovs_list in_changes; /* In struct nb_admin's changes. */
    enum change_kind kind;
    struct uuid lb;
    struct nb_admin_add add;      /* CHANGE_ADD. */
    enum service_request request; /* CHANGE_REQUEST. */
    unsigned remove_flags;        /* CHANGE_REMOVE. */
};

struct nb_admin {
    struct idlconn conn;
    struct ovs_list changes; /* Contains struct change. */
    enum nb_admin_status status;
    char *error;
};

static void
monitor(struct ovsdb_idl *idl)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &nbrec_load_balancer_col_name,
        &nbrec_load_balancer_col_vips,
        &nbrec_load_balancer_col_protocol,
        &nbrec_load_balancer_col_options,
        &nbrec_load_balancer_col_external_ids,
        &nbrec_logical_switch_col_name,
        &nbrec_logical_switch_col_load_balancer,
        &nbrec_logical_router_col_name,
        &nbrec_logical_router_col_load_balancer,
        &nbrec_load_balancer_group_col_name,
        &nbrec_load_balancer_group_col_load_balancer,
    };

    ovsdb_idl_add_table(idl, &nbrec_table_load_balancer);
    ovsdb_idl_add_table(idl, &nbrec_table_logical_switch);
    ovsdb_idl_add_table(idl, &nbrec_table_logical_router);
    ovsdb_idl_add_table(idl, &nbrec_table_load_balancer_group);
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }
}

struct nb_admin *
nb_admin_new(const char *remote)
{
    struct nb_admin *admin = xzalloc(sizeof *admin);

    /* Any member of a cluster will do: it passes transactions on to the
     * leader, and refuses those that were made from an old state. */
    idlconn_open(&admin->conn, remote, &nbrec_idl_class, false);
    monitor(admin->conn.idl);
    ovs_list_init(&admin->changes);
    admin->status = NB_ADMIN_DONE;
    return admin;
}

static void
changes_clear(struct nb_admin *admin)
{
    struct change *change;

    LIST_FOR_EACH_POP (change, in_changes, &admin->changes) {
        nb_admin_add_uninit(&change->add);
        free(change);
    }
}

void
nb_admin_free(struct nb_admin *admin)
{
    if (admin) {
        changes_clear(admin);
        idlconn_close(&admin->conn);
        free(admin->error);
        free(admin);
    }
}

bool
nb_admin_is_ready(const struct nb_admin *admin)
{
    return ovsdb_idl_has_ever_connected(admin->conn.idl);
}

/* --- Reading --- */

static void
lb_view(const struct nbrec_load_balancer *row, struct nb_admin_lb *lb)
{
    *lb = (struct nb_admin_lb) {
        .row =
            {
                .uuid = row->header_.uuid,
                .name = row->name,
                .protocol = row->protocol,
                .vips = &row->vips,
                .external_ids = &row->external_ids,
            },
        .options = &row->options,
    };
}

bool
nb_admin_get(const struct nb_admin *admin, const struct uuid *uuid,
             struct nb_admin_lb *lb)
{
    const struct nbrec_load_balancer *row =
        nbrec_load_balancer_get_for_uuid(admin->conn.idl, uuid);

    if (row) {
        lb_view(row, lb);
    }
    return row != NULL;
}

enum nb_admin_found
nb_admin_find(const struct nb_admin *admin, const char *name_or_uuid,
              struct nb_admin_lb *lb)
{
    const struct nbrec_load_balancer *row, *found = NULL;
    struct uuid uuid;

    if (uuid_from_string(&uuid, name_or_uuid)
        && nb_admin_get(admin, &uuid, lb)) {
        return NB_ADMIN_FOUND;
    }
    NBREC_LOAD_BALANCER_FOR_EACH (row, admin->conn.idl) {
        if (!strcmp(row->name, name_or_uuid)) {
            if (found) {
                return NB_ADMIN_AMBIGUOUS;
            }
            found = row;
        }
    }
    if (!found) {
        return NB_ADMIN_NONE;
    }
    lb_view(found, lb);
    return NB_ADMIN_FOUND;
}

char *
nb_admin_label(const struct nb_admin_lb *lb)
{
    return lb->row.name && lb->row.name[0]
               ? xstrdup(lb->row.name)
               : xasprintf(UUID_FMT, UUID_ARGS(&lb->row.uuid));
}

static int
compare_by_name(const void *a_, const void *b_)
{
    const struct nbrec_load_balancer *const *a = a_, *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

void
nb_admin_services(const struct nb_admin *admin, struct uuid **uuids, size_t *n)
{
    const struct nbrec_load_balancer *row, **rows = NULL;
    size_t n_rows = 0, allocated = 0;

    NBREC_LOAD_BALANCER_FOR_EACH (row, admin->conn.idl) {
        if (smap_get(&row->external_ids, "rouse-driver")) {
            if (n_rows >= allocated) {
                rows = x2nrealloc(rows, &allocated, sizeof *rows);
            }
            rows[n_rows++] = row;
        }
    }
    if (n_rows) {
        qsort(rows, n_rows, sizeof *rows, compare_by_name);
    }
    *uuids = xrealloc(*uuids, (*n + n_rows + 1) * sizeof **uuids);
    for (size_t i = 0; i < n_rows; i++) {
        (*uuids)[(*n)++] = rows[i]->header_.uuid;
    }
    free(rows);
}

void
nb_admin_places(const struct nb_admin *admin, const struct uuid *uuid,
                struct svec *switches, struct svec *routers,
                struct svec *groups)
{
    nb_admin_place_list(admin->conn.idl, uuid, switches, routers, groups);
}

/* --- Writing --- */

static struct change *
change_new(struct nb_admin *admin, enum change_kind kind,
           const struct uuid *lb)
{
    struct change *change = xzalloc(sizeof *change);

    change->kind = kind;
    change->lb = *lb;
    nb_admin_add_init(&change->add);
    ovs_list_push_back(&admin->changes, &change->in_changes);
    admin->status = NB_ADMIN_PENDING;
    return change;
}

void
nb_admin_add_take(struct nb_admin *admin, struct nb_admin_add *add)
{
    struct change *change = change_new(admin, CHANGE_ADD, &add->lb);

    /* Maps point into themselves: they cannot be copied. */
    change->add.lb = add->lb;
    change->add.name = STEAL(add->name);
    change->add.protocol = STEAL(add->protocol);
    hmap_swap(&change->add.vips.map, &add->vips.map);
    hmap_swap(&change->add.policy.map, &add->policy.map);
    svec_swap(&change->add.switches, &add->switches);
    svec_swap(&change->add.routers, &add->routers);
    change->add.asleep = add->asleep;
    change->add.needs_backends = add->needs_backends;
}

void
nb_admin_request(struct nb_admin *admin, const struct uuid *lb,
                 enum service_request request)
{
    change_new(admin, CHANGE_REQUEST, lb)->request = request;
}

void
nb_admin_remove(struct nb_admin *admin, const struct uuid *lb, unsigned flags)
{
    change_new(admin, CHANGE_REMOVE, lb)->remove_flags = flags;
}

enum nb_admin_status
nb_admin_status(const struct nb_admin *admin)
{
    return admin->status;
}

const char *
nb_admin_error(const struct nb_admin *admin)
{
    return admin->error ? admin->error : "";
}

typedef void
set_key(const struct nbrec_load_balancer *, const char *, const char *);
typedef void del_key(const struct nbrec_load_balancer *, const char *);

/* Writes the keys that differ, one by one: others on the same row are
 * somebody else's. */
static void
write_map(const struct nbrec_load_balancer *row, const struct smap *old,
          const struct smap *new, set_key *set, del_key *del)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, new) {
        const char *value = smap_get(old, node->key);

        if (!value || strcmp(value, node->value)) {
            set(row, node->key, node->value);
        }
    }
    SMAP_FOR_EACH (node, old) {
        if (!smap_get_node(new, node->key)) {
            del(row, node->key);
        }
    }
}

static void
write_row(const struct nbrec_load_balancer *row,
          const struct nb_admin_row *plan)
{
    /* The plan was made from what these columns say. */
    nbrec_load_balancer_verify_vips(row);
    nbrec_load_balancer_verify_options(row);
    nbrec_load_balancer_verify_external_ids(row);

    write_map(row, &row->vips, &plan->vips,
              nbrec_load_balancer_update_vips_setkey,
              nbrec_load_balancer_update_vips_delkey);
    write_map(row, &row->options, &plan->options,
              nbrec_load_balancer_update_options_setkey,
              nbrec_load_balancer_update_options_delkey);
    write_map(row, &row->external_ids, &plan->external_ids,
              nbrec_load_balancer_update_external_ids_setkey,
              nbrec_load_balancer_update_external_ids_delkey);
}

static void
plan_from_row(const struct nbrec_load_balancer *row, struct nb_admin_row *plan)
{
    struct nb_admin_lb lb;

    lb_view(row, &lb);
    plan->label = nb_admin_label(&lb);
    smap_clone(&plan->vips, &row->vips);
    smap_clone(&plan->options, &row->options);
    smap_clone(&plan->external_ids, &row->external_ids);
}

static char *
insert(const struct nb_admin *admin, const struct nb_admin_add *add)
{
    const struct nbrec_load_balancer *row;
    struct nb_admin_row plan;
    char *why = NULL;

    nb_admin_row_init(&plan, add->name);
    if (nb_admin_plan_add(add, time_wall_msec(), &plan, &why)) {
        row = nbrec_load_balancer_insert(admin->conn.txn);
        nbrec_load_balancer_set_name(row, add->name);
        if (add->protocol) {
            nbrec_load_balancer_set_protocol(row, add->protocol);
        }
        nbrec_load_balancer_set_vips(row, &plan.vips);
        nbrec_load_balancer_set_options(row, &plan.options);
        nbrec_load_balancer_set_external_ids(row, &plan.external_ids);
        why = nb_admin_place_attach(admin->conn.idl, add, row);
    }
    nb_admin_row_uninit(&plan);
    return why;
}

static char *
apply_request(const struct nbrec_load_balancer *row,
              enum service_request request)
{
    struct nb_admin_lb lb;

    lb_view(row, &lb);
    if (!smap_get(&row->external_ids, "rouse-driver")) {
        char *label OWNED_STRING = nb_admin_label(&lb);

        return xasprintf("load balancer \"%s\" has no rouse-driver; set one "
                         "with \"rouse service add %s --driver DRIVER\"",
                         label, label);
    }
    nbrec_load_balancer_update_external_ids_setkey(
        row, "rouse-request", request == REQUEST_WAKE ? "wake" : "idle");
    return NULL;
}

/* Returns what is wrong, the caller's, or NULL. */
static char *
apply_to_row(const struct nb_admin *admin, const struct change *change,
             const struct nbrec_load_balancer *row)
{
    struct nb_admin_row plan;
    char *why = NULL;
    bool ok;

    if (change->kind == CHANGE_REQUEST) {
        return apply_request(row, change->request);
    }
    plan_from_row(row, &plan);
    if (change->kind == CHANGE_ADD) {
        ok = nb_admin_plan_add(&change->add, time_wall_msec(), &plan, &why);
    } else {
        ok = nb_admin_plan_remove(change->remove_flags, &plan, &why);
    }
    if (ok && change->kind == CHANGE_REMOVE
        && change->remove_flags & NB_ADMIN_DELETE) {
        /* Switches, routers and groups refer to it weakly: the database takes
         * their references away with it. */
        nbrec_load_balancer_verify_external_ids(row);
        nbrec_load_balancer_delete(row);
    } else if (ok) {
        write_row(row, &plan);
        why = nb_admin_place_attach(admin->conn.idl, &change->add, row);
    }
    nb_admin_row_uninit(&plan);
    return why;
}

static void
finish(struct nb_admin *admin, enum nb_admin_status status, char *error)
{
    admin->status = status;
    free(admin->error);
    admin->error = error;
    changes_clear(admin);
}

static void
drop_transaction(struct nb_admin *admin)
{
    ovsdb_idl_txn_abort(admin->conn.txn);
    ovsdb_idl_txn_destroy(admin->conn.txn);
    admin->conn.txn = NULL;
}

static void
apply(struct nb_admin *admin)
{
    struct change *change;

    LIST_FOR_EACH (change, in_changes, &admin->changes) {
        const struct nbrec_load_balancer *row;
        char *why;

        if (change->kind == CHANGE_ADD && uuid_is_zero(&change->lb)) {
            why = insert(admin, &change->add);
        } else {
            row =
                nbrec_load_balancer_get_for_uuid(admin->conn.idl, &change->lb);
            if (!row) {
                drop_transaction(admin);
                finish(admin, NB_ADMIN_GONE,
                       xstrdup("the load balancer was deleted meanwhile"));
                return;
            }
            why = apply_to_row(admin, change, row);
        }
        if (why) {
            drop_transaction(admin);
            finish(admin, NB_ADMIN_REFUSED, why);
            return;
        }
    }
    idlconn_commit(&admin->conn);
}

void
nb_admin_run(struct nb_admin *admin)
{
    char *error;

    idlconn_run(&admin->conn);
    switch (idlconn_result(&admin->conn, &error, NULL)) {
    case IDLCONN_COMMITTED:
        finish(admin, NB_ADMIN_DONE, NULL);
        break;
    case IDLCONN_REFUSED:
        finish(admin, NB_ADMIN_REFUSED,
               xasprintf("the Northbound database refused the change: %s",
                         error));
        free(error);
        break;
    case IDLCONN_IDLE:
    case IDLCONN_PENDING:
    case IDLCONN_AGAIN:
        break;
    }
    if (admin->status == NB_ADMIN_PENDING && idlconn_begin(&admin->conn)) {
        apply(admin);
    }
}

void
nb_admin_wait(struct nb_admin *admin)
{
    idlconn_wait(&admin->conn);
}
