#include "nb.h"

#include "nb_private.h"

VLOG_DEFINE_THIS_MODULE(nb);

static void
add_tables(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_table(idl, &nbrec_table_load_balancer);
    ovsdb_idl_track_add_column(idl, &nbrec_load_balancer_col_name);
    ovsdb_idl_track_add_column(idl, &nbrec_load_balancer_col_vips);
    ovsdb_idl_track_add_column(idl, &nbrec_load_balancer_col_protocol);
    ovsdb_idl_track_add_column(idl, &nbrec_load_balancer_col_options);
    ovsdb_idl_track_add_column(idl, &nbrec_load_balancer_col_external_ids);
    ovsdb_idl_add_table(idl, &nbrec_table_nb_global);
    ovsdb_idl_add_column(idl, &nbrec_nb_global_col_nb_cfg);
    ovsdb_idl_add_column(idl, &nbrec_nb_global_col_hv_cfg);
    ovsdb_idl_add_column(idl, &nbrec_nb_global_col_external_ids);
}

struct nb *
nb_new(const struct nb_options *options)
{
    struct nb *nb = xzalloc(sizeof *nb);

    nb->conn = options->conn;
    if (!nb->conn) {
        nb->conn = &nb->own;
        idlconn_open(nb->conn, options->remote, &nbrec_idl_class,
                     options->lock != NULL);
    }
    add_tables(nb->conn->idl);
    nb->by_name = ovsdb_idl_index_create1(nb->conn->idl,
                                          &nbrec_load_balancer_col_name);
    if (options->lock) {
        nb->needs_lock = true;
        ovsdb_idl_set_lock(nb->conn->idl, options->lock);
    }
    hmap_init(&nb->services);
    nb_writer_init(&nb->writer);
    return nb;
}

static void
remove_service(struct nb *nb, struct nb_service *svc)
{
    hmap_remove(&nb->services, &svc->by_uuid);
    nb_service_free(svc);
}

void
nb_free(struct nb *nb)
{
    struct nb_service *svc;

    if (nb) {
        HMAP_FOR_EACH_SAFE (svc, by_uuid, &nb->services) {
            remove_service(nb, svc);
        }
        hmap_destroy(&nb->services);
        nb_writer_uninit(&nb->writer);
        free(nb->changed);
        if (nb->conn == &nb->own) {
            idlconn_close(nb->conn);
        }
        free(nb);
    }
}

static struct nb_service *
find_service(const struct nb *nb, const struct uuid *uuid)
{
    struct nb_service *svc;

    HMAP_FOR_EACH_WITH_HASH (svc, by_uuid, uuid_hash(uuid), &nb->services) {
        if (uuid_equals(&svc->uuid, uuid)) {
            return svc;
        }
    }
    return NULL;
}

static void
add_changed(struct nb *nb, const struct uuid *uuid)
{
    if (nb->n_changed == nb->allocated_changed) {
        nb->changed = x2nrealloc(nb->changed, &nb->allocated_changed,
                                 sizeof *nb->changed);
    }
    nb->changed[nb->n_changed++] = *uuid;
}

/* Makes the service anew from the row of 'uuid', as it is now. */
static void
refresh_service(struct nb *nb, const struct uuid *uuid)
{
    const struct nbrec_load_balancer *lb
        = nbrec_load_balancer_get_for_uuid(nb->conn->idl, uuid);
    struct nb_service *svc = find_service(nb, uuid);

    if (svc) {
        remove_service(nb, svc);
    }
    if (lb) {
        svc = nb_service_parse(&(struct nb_row) {
            .uuid = lb->header_.uuid,
            .name = lb->name,
            .protocol = lb->protocol,
            .vips = &lb->vips,
            .vips_last = true,
            .external_ids = &lb->external_ids,
        });
        if (svc) {
            hmap_insert(&nb->services, &svc->by_uuid, uuid_hash(uuid));
        }
    }
    add_changed(nb, uuid);
}

/* A new snapshot after a lost connection has each row twice: gone and new. */
static int
compare_uuids(const void *a, const void *b)
{
    return uuid_compare_3way(a, b);
}

static void
drop_duplicates(struct nb *nb)
{
    size_t n = 0;

    if (nb->n_changed < 2) {
        return;
    }
    qsort(nb->changed, nb->n_changed, sizeof *nb->changed, compare_uuids);
    for (size_t i = 0; i < nb->n_changed; i++) {
        if (!n || !uuid_equals(&nb->changed[n - 1], &nb->changed[i])) {
            nb->changed[n++] = nb->changed[i];
        }
    }
    nb->n_changed = n;
}

/* After a new snapshot: services whose rows it does not have any more. */
static void
drop_vanished(struct nb *nb)
{
    struct nb_service *svc;

    HMAP_FOR_EACH_SAFE (svc, by_uuid, &nb->services) {
        if (!nbrec_load_balancer_get_for_uuid(nb->conn->idl, &svc->uuid)) {
            add_changed(nb, &svc->uuid);
            remove_service(nb, svc);
        }
    }
}

void
nb_run(struct nb *nb)
{
    const struct nbrec_load_balancer *lb;
    bool resync;

    nb->n_changed = 0;
    idlconn_run(nb->conn);
    resync = nb->generation != idlconn_generation(nb->conn);
    NBREC_LOAD_BALANCER_FOR_EACH_TRACKED (lb, nb->conn->idl) {
        resync = resync || (nbrec_load_balancer_is_new(lb)
                            && find_service(nb, &lb->header_.uuid));
        refresh_service(nb, &lb->header_.uuid);
    }
    if (nb->conn == &nb->own) {
        ovsdb_idl_track_clear(nb->conn->idl);
    }
    if (resync) {
        drop_vanished(nb);
    }
    nb->generation = idlconn_generation(nb->conn);
    drop_duplicates(nb);
    nb_writer_run(nb);
}

void
nb_wait(struct nb *nb)
{
    nb_writer_flush(nb);
    idlconn_wait(nb->conn);
}

bool
nb_is_ready(const struct nb *nb)
{
    return ovsdb_idl_has_ever_connected(nb->conn->idl);
}

bool
nb_is_connected(const struct nb *nb)
{
    return nb_is_ready(nb) && idlconn_is_connected(nb->conn);
}

bool
nb_has_lock(const struct nb *nb)
{
    return nb_is_connected(nb)
           && (!nb->needs_lock || ovsdb_idl_has_lock(nb->conn->idl));
}

const struct nb_service *
nb_service_get(const struct nb *nb, const struct uuid *uuid)
{
    return find_service(nb, uuid);
}

const struct uuid *
nb_changed_take(struct nb *nb, size_t *n)
{
    *n = nb->n_changed;
    nb->n_changed = 0;
    return nb->changed;
}

const struct nb_service *
nb_service_first(const struct nb *nb)
{
    struct hmap_node *node = hmap_first(&nb->services);

    return node ? CONTAINER_OF(node, struct nb_service, by_uuid) : NULL;
}

const struct nb_service *
nb_service_next(const struct nb *nb, const struct nb_service *svc)
{
    struct hmap_node *node = hmap_next(&nb->services, &svc->by_uuid);

    return node ? CONTAINER_OF(node, struct nb_service, by_uuid) : NULL;
}

static const struct nbrec_load_balancer *
find_by_name(const struct nb *nb, const char *name, size_t *n)
{
    struct nbrec_load_balancer *target
        = nbrec_load_balancer_index_init_row(nb->by_name);
    const struct nbrec_load_balancer *lb, *found = NULL;

    nbrec_load_balancer_index_set_name(target, name);
    *n = 0;
    NBREC_LOAD_BALANCER_FOR_EACH_EQUAL (lb, target, nb->by_name) {
        found = lb;
        ++*n;
    }
    nbrec_load_balancer_index_destroy_row(target);
    return found;
}

bool
nb_lb_find(const struct nb *nb, const char *name_or_uuid, struct uuid *uuid,
           char **why)
{
    const struct nbrec_load_balancer *lb = NULL;
    char *problem = NULL;
    size_t n = 0;

    if (uuid_from_string(uuid, name_or_uuid)) {
        lb = nbrec_load_balancer_get_for_uuid(nb->conn->idl, uuid);
    }
    if (!lb && name_or_uuid[0]) {
        lb = find_by_name(nb, name_or_uuid, &n);
    }
    if (n > 1) {
        problem = xasprintf("%"PRIuSIZE" load balancers are named \"%s\"; "
                            "use the UUID", n, name_or_uuid);
    } else if (!lb) {
        problem = xasprintf("there is no load balancer \"%s\"; see "
                            "\"ovn-nbctl lb-list\"", name_or_uuid);
    } else {
        *uuid = lb->header_.uuid;
    }
    if (why) {
        *why = problem;
    } else {
        free(problem);
    }
    return !problem;
}

const struct nb_service *
nb_service_find(const struct nb *nb, const char *name_or_uuid, char **why)
{
    const struct nb_service *svc = NULL;
    struct uuid uuid;

    if (nb_lb_find(nb, name_or_uuid, &uuid, why)) {
        svc = find_service(nb, &uuid);
        if (!svc && why) {
            *why = xasprintf("load balancer \"%s\" has no rouse-driver; set "
                             "one with \"rouse service add\"", name_or_uuid);
        }
    }
    return svc;
}

const struct smap *
nb_global_ids(const struct nb *nb)
{
    const struct nbrec_nb_global *global
        = nbrec_nb_global_first(nb->conn->idl);

    return global ? &global->external_ids : NULL;
}

enum nb_lb_kind
nb_lb_kind(const struct nb *nb, const struct uuid *uuid)
{
    if (find_service(nb, uuid)) {
        return NB_LB_SERVICE;
    }
    return nbrec_load_balancer_get_for_uuid(nb->conn->idl, uuid)
           ? NB_LB_OTHER : NB_LB_NONE;
}

bool
nb_lb_is_filled(const struct nb *nb, const struct uuid *uuid)
{
    const struct nbrec_load_balancer *lb
        = nbrec_load_balancer_get_for_uuid(nb->conn->idl, uuid);
    const struct smap_node *node;

    if (!lb || smap_is_empty(&lb->vips)) {
        return false;
    }
    SMAP_FOR_EACH (node, &lb->vips) {
        if (nb_backends_are_none(node->value)) {
            return false;
        }
    }
    return true;
}
