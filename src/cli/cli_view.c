#include "cli_view.h"

#include "cleanup.h"
#include "cli_output.h"
#include "timefmt.h"

enum service_state
cli_view_state(const struct nb_service *svc)
{
    if (svc->state != SERVICE_UNKNOWN) {
        return svc->state;
    }
    return nb_service_is_empty(svc) ? SERVICE_ASLEEP : SERVICE_AWAKE;
}

char *
cli_view_age(long long since_wall_ms, long long now_wall_ms)
{
    return since_wall_ms
               ? timefmt_duration(MAX(0, now_wall_ms - since_wall_ms))
               : xstrdup("-");
}

char *
cli_view_vips(const struct nb_service *svc)
{
    const struct smap_node **nodes = smap_sort(svc->vips);
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < smap_count(svc->vips); i++) {
        ds_put_format(&ds, "%s%s", i ? "," : "", nodes[i]->key);
    }
    free(nodes);
    return ds_steal_cstr(&ds);
}

char *
cli_view_backends(const struct nb_service *svc)
{
    const struct smap_node **nodes = smap_sort(svc->vips);
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < smap_count(svc->vips); i++) {
        ds_put_cstr(&ds, i ? " " : "");
        if (nb_backends_are_none(nodes[i]->value)) {
            const char *saved = nb_service_saved(svc, nodes[i]->key);

            ds_put_format(&ds, "(%s)", saved ? saved : "");
        } else {
            ds_put_cstr(&ds, nodes[i]->value);
        }
    }
    free(nodes);
    return ds_steal_cstr(&ds);
}

char *
cli_view_error(const struct nb_service *svc)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (svc->error) {
        return xstrdup(svc->error);
    } else if (diag_is_empty(&svc->diag)) {
        return NULL;
    }
    ds_put_format(&ds, "%s: %s", svc->diag.column, svc->diag.problem);
    if (svc->diag.remedy) {
        ds_put_format(&ds, "; %s", svc->diag.remedy);
    }
    return ds_steal_cstr(&ds);
}

static struct json *
backends_json(const struct smap *backends)
{
    struct json *object = json_object_create();
    const struct smap_node *node;

    SMAP_FOR_EACH (node, backends) {
        json_object_put(object, node->key, cli_json_list(node->value));
    }
    return object;
}

static struct json *
diag_json(const struct diag *diag)
{
    struct json *object;

    if (diag_is_empty(diag)) {
        return json_null_create();
    }
    object = json_object_create();
    json_object_put(object, "column", cli_json_string(diag->column));
    json_object_put(object, "problem", cli_json_string(diag->problem));
    json_object_put(object, "remedy", cli_json_string(diag->remedy));
    return object;
}

static void
read_refused(const struct nb_service *svc, uint64_t n[N_REFUSALS])
{
    memset(n, 0, N_REFUSALS * sizeof *n);
    if (svc->refused) {
        refusals_add_text(n, svc->refused);
    }
}

char *
cli_view_refused(const struct nb_service *svc)
{
    uint64_t n[N_REFUSALS];

    read_refused(svc, n);
    return refusals_sum(n) ? xasprintf("%"PRIu64, refusals_sum(n))
                           : xstrdup("-");
}

struct json *
cli_view_refused_json(const uint64_t n[N_REFUSALS])
{
    struct json *object = json_object_create();

    for (size_t i = 1; i < N_REFUSALS; i++) {
        if (n[i]) {
            json_object_put(object, refusal_name(i),
                            json_integer_create(n[i]));
        }
    }
    return object;
}

static struct json *
since_json(long long since_wall_ms)
{
    char *since OWNED_STRING =
        since_wall_ms ? timefmt_rfc3339(since_wall_ms) : NULL;

    return cli_json_string(since);
}

static const char *
request_name(enum service_request request)
{
    return (request == REQUEST_WAKE   ? "wake"
            : request == REQUEST_IDLE ? "idle"
                                      : NULL);
}

struct json *
cli_view_service_json(const struct nb_service *svc)
{
    struct json *object = json_object_create();
    uint64_t refused[N_REFUSALS];

    read_refused(svc, refused);
    json_object_put_format(object, "uuid", UUID_FMT, UUID_ARGS(&svc->uuid));
    json_object_put_string(object, "name", svc->name);
    json_object_put_string(object, "state",
                           service_state_name(cli_view_state(svc)));
    json_object_put(object, "since", since_json(svc->since_wall_ms));
    json_object_put_string(object, "driver", svc->driver);
    json_object_put_string(object, "target", svc->target);
    json_object_put_string(object, "protocol", svc->protocol);
    json_object_put(object, "vips", backends_json(svc->vips));
    json_object_put(object, "saved_backends", backends_json(&svc->backends));
    json_object_put(object, "wake_timeout_s",
                    json_integer_create(svc->wake_timeout_s));
    json_object_put(object, "hold", json_integer_create(svc->hold));
    json_object_put(object, "drain_s", json_integer_create(svc->drain_s));
    json_object_put_string(object, "on_fail",
                           svc->on_fail == ON_FAIL_DROP ? "drop" : "reset");
    json_object_put(object, "needs", cli_json_strings(&svc->needs));
    json_object_put(object, "request",
                    cli_json_string(request_name(svc->request)));
    json_object_put(object, "demand", cli_json_string(svc->demand));
    json_object_put(object, "refused", cli_view_refused_json(refused));
    json_object_put(object, "refused_last",
                    cli_json_string(svc->refused_last));
    json_object_put(object, "error", cli_json_string(svc->error));
    json_object_put(object, "problem", diag_json(&svc->diag));
    return object;
}

struct json *
cli_view_event_json(const struct sb_event *event, const struct nb_service *svc)
{
    struct json *object = json_object_create();
    const char *kind =
        event->valid ? event_kind_name(event->event.kind) : NULL;

    json_object_put_format(object, "uuid", UUID_FMT, UUID_ARGS(&event->uuid));
    json_object_put(object, "seq", json_integer_create(event->seq_num));
    json_object_put(object, "chassis", cli_json_string(event->chassis));
    json_object_put(object, "event", cli_json_string(kind));
    json_object_put(object, "vip",
                    cli_json_string(smap_get(&event->info, "vip")));
    json_object_put(
        object, "protocol",
        cli_json_string(event->valid ? event->event.protocol : NULL));
    json_object_put(object, "load_balancer",
                    cli_json_string(smap_get(&event->info, "load_balancer")));
    json_object_put(object, "service",
                    cli_json_string(svc ? svc->label : NULL));
    json_object_put(
        object, "state",
        cli_json_string(svc ? service_state_name(cli_view_state(svc)) : NULL));
    json_object_put(object, "problem", diag_json(&event->diag));
    return object;
}
