#include "nb.h"

#include "nb_private.h"
#include "timefmt.h"

#define TABLE "load balancer"

static const char *const state_names[] = {
    [SERVICE_UNKNOWN] = "unknown", [SERVICE_ASLEEP] = "asleep",
    [SERVICE_WAKING] = "waking",   [SERVICE_AWAKE] = "awake",
    [SERVICE_IDLING] = "idling",   [SERVICE_FAILED] = "failed",
};

const char *
service_state_name(enum service_state state)
{
    return state < ARRAY_SIZE(state_names) ? state_names[state] : "unknown";
}

bool
service_state_from_name(const char *name, enum service_state *state)
{
    for (size_t i = SERVICE_ASLEEP; i < ARRAY_SIZE(state_names); i++) {
        if (!strcmp(name, state_names[i])) {
            *state = i;
            return true;
        }
    }
    return false;
}

bool
nb_backends_are_none(const char *backends)
{
    return !backends || !backends[strspn(backends, ", \t")];
}

bool
nb_service_is_empty(const struct nb_service *svc)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, svc->vips) {
        if (nb_backends_are_none(node->value)) {
            return true;
        }
    }
    return false;
}

const char *
nb_service_saved(const struct nb_service *svc, const char *vip)
{
    const char *key = vip_find_key(&svc->backends, vip);
    const char *saved = key ? smap_get(&svc->backends, key) : NULL;

    return nb_backends_are_none(saved) ? NULL : saved;
}

bool
nb_service_is_restorable(const struct nb_service *svc)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, svc->vips) {
        if (nb_backends_are_none(node->value)
            && nb_service_saved(svc, node->key)) {
            return true;
        }
    }
    return false;
}

static void
format_vips(const struct smap *vips, struct ds *out)
{
    const struct smap_node **nodes = smap_sort(vips);

    for (size_t i = 0; i < smap_count(vips); i++) {
        ds_put_format(out, "%s\"%s\"", i ? ", " : "", nodes[i]->key);
    }
    free(nodes);
}

/* Backends of "B,B" that are of the address family of 'vip' and have a port
 * if it has one; the caller's, NULL if there is none. */
static char *
backends_for_vip(const struct endpoints *eps, const char *vip)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct endpoint ep;

    if (endpoint_parse(vip, &ep)) {
        for (size_t i = 0; i < eps->n; i++) {
            if (endpoint_is_ipv4(&eps->list[i]) == endpoint_is_ipv4(&ep)
                && !eps->list[i].port == !ep.port) {
                if (ds.length) {
                    ds_put_char(&ds, ',');
                }
                endpoint_format(&eps->list[i], &ds);
            }
        }
    }
    if (!ds.length) {
        ds_destroy(&ds);
        return NULL;
    }
    return ds_steal_cstr(&ds);
}

/* "B,B": the same backends for each VIP. */
static bool
parse_common(const char *s, const struct smap *vips, struct smap *backends,
             char **why)
{
    struct endpoints eps = { .n = 0 };
    const struct smap_node *node;
    char *bad = NULL;

    if (!endpoints_parse(s, &eps, &bad)) {
        *why = xasprintf("\"%s\" is neither VIP=BACKENDS nor the address of "
                         "a backend", bad);
        free(bad);
        endpoints_uninit(&eps);
        return false;
    }
    SMAP_FOR_EACH (node, vips) {
        char *value = backends_for_vip(&eps, node->key);

        if (!value) {
            *why = xasprintf("no backend in \"%s\" fits VIP \"%s\": address "
                             "family and presence of a port must be the same",
                             s, node->key);
            endpoints_uninit(&eps);
            return false;
        }
        smap_add_nocopy(backends, xstrdup(node->key), value);
    }
    endpoints_uninit(&eps);
    return true;
}

/* One "VIP=B,B"; 'item' is cut at the '='. */
static bool
parse_item(char *item, const struct smap *vips, struct smap *backends,
           char **why)
{
    char *value = strchr(item, '=');
    const char *key;

    if (!value) {
        *why = xasprintf("\"%s\" has no '=' although other items do", item);
        return false;
    }
    *value++ = '\0';
    if (!vip_check(item, value, why)) {
        return false;
    }
    key = vip_find_key(vips, item);
    if (smap_get_node(backends, key ? key : item)) {
        *why = xasprintf("VIP \"%s\" appears twice", item);
        return false;
    }
    smap_add(backends, key ? key : item, value);
    return true;
}

bool
nb_backends_parse(const char *s, const struct smap *vips,
                  struct smap *backends, char **why)
{
    bool ok = true;
    char *copy, *save = NULL;

    *why = NULL;
    if (nb_backends_are_none(s)) {
        return true;
    } else if (!strchr(s, '=')) {
        ok = parse_common(s, vips, backends, why);
    } else {
        copy = xstrdup(s);
        for (char *item = strtok_r(copy, " \t\n", &save); item && ok;
             item = strtok_r(NULL, " \t\n", &save)) {
            ok = parse_item(item, vips, backends, why);
        }
        free(copy);
    }
    if (!ok) {
        smap_clear(backends);
    }
    return ok;
}

char *
nb_backends_format(const struct smap *backends)
{
    const struct smap_node **nodes = smap_sort(backends);
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < smap_count(backends); i++) {
        const char *value = nodes[i]->value;

        ds_put_format(&ds, "%s%s=", i ? " " : "", nodes[i]->key);
        /* Blanks separate items here; OVN allows them between backends. */
        for (; *value; value++) {
            if (*value != ' ' && *value != '\t') {
                ds_put_char(&ds, *value);
            }
        }
    }
    free(nodes);
    return ds_steal_cstr(&ds);
}

static unsigned int
parse_number(struct nb_service *svc, const struct smap *ids, const char *key,
             const char *column, unsigned int min, unsigned int max,
             unsigned int def)
{
    const char *s = smap_get(ids, key);
    unsigned int value;

    if (!s) {
        return def;
    }
    if (s[0] == '-' || !str_to_uint(s, 10, &value) || value < min
        || value > max) {
        diag_set(&svc->diag, TABLE, svc->label, column,
                 "\"%s\" is not a whole number from %u to %u; %u is used",
                 s, min, max, def);
        diag_set_remedy(&svc->diag,
                        "write e.g. external_ids:%s=%u, or remove the key",
                        key, def);
        return def;
    }
    return value;
}

static void
parse_backends(struct nb_service *svc, const struct smap *ids)
{
    const char *s = smap_get(ids, "rouse-backends");
    struct ds vips = DS_EMPTY_INITIALIZER;
    char *why;

    if (s && !nb_backends_parse(s, svc->vips, &svc->backends, &why)) {
        format_vips(svc->vips, &vips);
        diag_set(&svc->diag, TABLE, svc->label,
                 "external_ids:rouse-backends", "%s", why);
        diag_set_remedy(&svc->diag, "write VIP=ADDRESS:PORT,ADDRESS:PORT "
                        "items separated by spaces, for VIP %s",
                        ds_cstr(&vips));
        ds_destroy(&vips);
        free(why);
    }
}

static void
parse_words(struct nb_service *svc, const struct smap *ids)
{
    const char *on_fail = smap_get_def(ids, "rouse-on-fail", "reset");
    const char *state = smap_get(ids, "rouse-state");
    const char *since = smap_get(ids, "rouse-state-since");
    const char *request = smap_get(ids, "rouse-request");

    svc->on_fail = strcmp(on_fail, "drop") ? ON_FAIL_RESET : ON_FAIL_DROP;
    if (strcmp(on_fail, "drop") && strcmp(on_fail, "reset")) {
        diag_set(&svc->diag, TABLE, svc->label, "external_ids:rouse-on-fail",
                 "\"%s\" is not known; \"reset\" is used", on_fail);
        diag_set_remedy(&svc->diag, "write \"reset\" or \"drop\"");
    }
    if (state && !service_state_from_name(state, &svc->state)) {
        diag_set(&svc->diag, TABLE, svc->label, "external_ids:rouse-state",
                 "\"%s\" is not a state", state);
        diag_set_remedy(&svc->diag, "remove the key: rouse waker writes it "
                        "anew");
    }
    if (since && !timefmt_parse(since, &svc->since_wall_ms)) {
        diag_set(&svc->diag, TABLE, svc->label,
                 "external_ids:rouse-state-since", "\"%s\" is not a time",
                 since);
        diag_set_remedy(&svc->diag, "remove the key: rouse waker writes it "
                        "anew");
    }
    if (request) {
        if (!strcmp(request, "wake")) {
            svc->request = REQUEST_WAKE;
        } else if (!strcmp(request, "idle")) {
            svc->request = REQUEST_IDLE;
        } else {
            diag_set(&svc->diag, TABLE, svc->label,
                     "external_ids:rouse-request", "\"%s\" is not known",
                     request);
            diag_set_remedy(&svc->diag, "write \"wake\" or \"idle\"");
        }
    }
}

static bool
has_need(const struct nb_service *svc, const char *word)
{
    const char *need;
    size_t i;

    SVEC_FOR_EACH (i, need, &svc->needs) {
        if (!strcmp(need, word)) {
            return true;
        }
    }
    return false;
}

static void
parse_needs(struct nb_service *svc, const char *s)
{
    char *copy = xstrdup(s);
    char *save = NULL;

    svec_init(&svc->needs);
    for (char *word = strtok_r(copy, ", \t\n", &save); word;
         word = strtok_r(NULL, ", \t\n", &save)) {
        if (!has_need(svc, word)) {
            svec_add(&svc->needs, word);
        }
    }
    free(copy);
}

/* VIPs that OVN itself ignores. */
static void
check_vips(struct nb_service *svc)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, svc->vips) {
        char *why;

        if (!vip_check(node->key, node->value, &why)) {
            diag_set(&svc->diag, TABLE, svc->label, "vips", "%s", why);
            diag_set_remedy(&svc->diag, "write it as ovn-nb(5) says; OVN "
                            "ignores the VIP until then");
            free(why);
        }
    }
}

/* The schema knows no other.  Not the row's own: there may be very many. */
static const char *
protocol_name(const char *protocol)
{
    return !protocol || !strcmp(protocol, "tcp") ? "tcp"
           : !strcmp(protocol, "udp") ? "udp" : "sctp";
}

struct nb_service *
nb_service_parse(const struct nb_row *row)
{
    const struct smap *ids = row->external_ids;
    const char *driver = smap_get(ids, "rouse-driver");
    struct nb_service *svc;

    if (!driver) {
        return NULL;
    }
    svc = xzalloc(sizeof *svc);
    svc->uuid = row->uuid;
    svc->name = xstrdup(row->name ? row->name : "");
    svc->label = svc->name[0] ? svc->name
                              : xasprintf(UUID_FMT, UUID_ARGS(&row->uuid));
    svc->protocol = protocol_name(row->protocol);
    if (!row->vips_last) {
        svc->vips_copy = xmalloc(sizeof *svc->vips_copy);
        smap_clone(svc->vips_copy, row->vips);
    }
    svc->vips = svc->vips_copy ? svc->vips_copy : row->vips;
    svc->driver = xstrdup(driver);
    svc->target = xstrdup(smap_get_def(ids, "rouse-target", ""));
    smap_init(&svc->backends);
    svc->diag = (struct diag) DIAG_INITIALIZER;
    svc->wake_timeout_s = parse_number(
        svc, ids, "rouse-wake-timeout", "external_ids:rouse-wake-timeout", 1,
        3600, SERVICE_WAKE_TIMEOUT_DEFAULT_S);
    svc->hold = parse_number(svc, ids, "rouse-hold",
                             "external_ids:rouse-hold", 1, 65536,
                             SERVICE_HOLD_DEFAULT);
    svc->drain_s = parse_number(svc, ids, "rouse-drain",
                                "external_ids:rouse-drain", 0, 3600,
                                SERVICE_DRAIN_DEFAULT_S);
    parse_words(svc, ids);
    parse_backends(svc, ids);
    svc->policies = nb_policies_parse(row, svc->label, svc->protocol,
                                      &svc->diag);
    check_vips(svc);
    parse_needs(svc, smap_get_def(ids, "rouse-needs", ""));
    svc->reject = smap_get_bool(ids, "rouse-reject", false);
    svc->error = nullable_xstrdup(smap_get(ids, "rouse-error"));
    svc->demand = nullable_xstrdup(smap_get(ids, "rouse-demand"));
    svc->last_wake = nullable_xstrdup(smap_get(ids, "rouse-last-wake"));
    svc->idled_by_policy = !strcmp(smap_get_def(ids, "rouse-idled-by", ""),
                                   "policy");
    svc->n_flaps = parse_number(svc, ids, "rouse-idle-flaps",
                                "external_ids:rouse-idle-flaps", 0, 64, 0);
    svc->refused = nullable_xstrdup(smap_get(ids, "rouse-refused"));
    svc->refused_last = nullable_xstrdup(smap_get(ids,
                                                  "rouse-refused-last"));
    return svc;
}

void
nb_service_free(struct nb_service *svc)
{
    if (svc) {
        if (svc->label != svc->name) {
            free(svc->label);
        }
        free(svc->name);
        if (svc->vips_copy) {
            smap_destroy(svc->vips_copy);
            free(svc->vips_copy);
        }
        free(svc->driver);
        free(svc->target);
        svec_destroy(&svc->needs);
        smap_destroy(&svc->backends);
        nb_policies_free(svc->policies);
        free(svc->error);
        free(svc->demand);
        free(svc->last_wake);
        free(svc->refused);
        free(svc->refused_last);
        diag_uninit(&svc->diag);
        free(svc);
    }
}
