#include "nb_admin_place.h"

#include "ovn-nb-idl.h"

static bool
references(struct nbrec_load_balancer *const *lbs, size_t n,
           const struct uuid *uuid)
{
    for (size_t i = 0; i < n; i++) {
        if (uuid_equals(&lbs[i]->header_.uuid, uuid)) {
            return true;
        }
    }
    return false;
}

void
nb_admin_place_list(struct ovsdb_idl *idl, const struct uuid *uuid,
                    struct svec *switches, struct svec *routers,
                    struct svec *groups)
{
    const struct nbrec_load_balancer_group *group;
    const struct nbrec_logical_switch *sw;
    const struct nbrec_logical_router *router;

    NBREC_LOGICAL_SWITCH_FOR_EACH(sw, idl)
    {
        if (references(sw->load_balancer, sw->n_load_balancer, uuid)) {
            svec_add(switches, sw->name);
        }
    }
    NBREC_LOGICAL_ROUTER_FOR_EACH(router, idl)
    {
        if (references(router->load_balancer, router->n_load_balancer, uuid)) {
            svec_add(routers, router->name);
        }
    }
    NBREC_LOAD_BALANCER_GROUP_FOR_EACH(group, idl)
    {
        if (references(group->load_balancer, group->n_load_balancer, uuid)) {
            svec_add(groups, group->name);
        }
    }
    svec_sort(switches);
    svec_sort(routers);
    svec_sort(groups);
}

static bool
names_row(const char *name, const struct uuid *uuid, const char *wanted)
{
    struct uuid wanted_uuid;

    return (!strcmp(name, wanted)
            || (uuid_from_string(&wanted_uuid, wanted)
                && uuid_equals(uuid, &wanted_uuid)));
}

/* "no logical switch has the name "sw9"; there are "sw0" and 3 others". */
static char *
place_error(const char *kind, const char *wanted, size_t n_found,
            const char *example, size_t n_all)
{
    if (n_found > 1) {
        return xasprintf("%" PRIuSIZE " logical %s have the name \"%s\"; give "
                         "the UUID of one",
                         n_found, kind, wanted);
    } else if (!n_all) {
        return xasprintf("there is no logical %s \"%s\", nor any other", kind,
                         wanted);
    } else if (n_all == 1) {
        return xasprintf("there is no logical %s \"%s\", only \"%s\"", kind,
                         wanted, example);
    }
    return xasprintf("there is no logical %s \"%s\"; \"%s\" is one of the "
                     "%" PRIuSIZE " that exist",
                     kind, wanted, example, n_all);
}

static char *
attach_switch(struct ovsdb_idl *idl, const char *wanted,
              const struct nbrec_load_balancer *lb)
{
    const struct nbrec_logical_switch *sw, *found = NULL;
    size_t n_found = 0, n_all = 0;
    const char *example = "";

    NBREC_LOGICAL_SWITCH_FOR_EACH(sw, idl)
    {
        n_all++;
        example = sw->name;
        if (names_row(sw->name, &sw->header_.uuid, wanted)) {
            n_found++;
            found = sw;
        }
    }
    if (n_found != 1) {
        return place_error("switch", wanted, n_found, example, n_all);
    }
    nbrec_logical_switch_update_load_balancer_addvalue(found, lb);
    return NULL;
}

static char *
attach_router(struct ovsdb_idl *idl, const char *wanted,
              const struct nbrec_load_balancer *lb)
{
    const struct nbrec_logical_router *router, *found = NULL;
    size_t n_found = 0, n_all = 0;
    const char *example = "";

    NBREC_LOGICAL_ROUTER_FOR_EACH(router, idl)
    {
        n_all++;
        example = router->name;
        if (names_row(router->name, &router->header_.uuid, wanted)) {
            n_found++;
            found = router;
        }
    }
    if (n_found != 1) {
        return place_error("router", wanted, n_found, example, n_all);
    }
    nbrec_logical_router_update_load_balancer_addvalue(found, lb);
    return NULL;
}

char *
nb_admin_place_attach(struct ovsdb_idl *idl, const struct nb_admin_add *add,
                      const struct nbrec_load_balancer *lb)
{
    char *why = NULL;

    for (size_t i = 0; i < add->switches.n && !why; i++) {
        why = attach_switch(idl, add->switches.names[i], lb);
    }
    for (size_t i = 0; i < add->routers.n && !why; i++) {
        why = attach_router(idl, add->routers.names[i], lb);
    }
    return why;
}
