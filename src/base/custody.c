#include "custody.h"

uint64_t
custody_dropped(const struct custody *custody)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < N_DROP_REASONS; i++) {
        sum += custody->dropped[i];
    }
    return sum;
}

bool
custody_balances(const struct custody *custody)
{
    return custody->received + custody->injected
           == custody->sent + custody->consumed + custody->held
                  + custody_dropped(custody);
}

void
custody_format(const struct custody *custody, struct ds *out)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        { "received", custody->received }, { "injected", custody->injected },
        { "sent", custody->sent },         { "consumed", custody->consumed },
        { "held", custody->held },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        ds_put_format(out, "%s %" PRIu64 "\n", rows[i].name, rows[i].value);
    }
    for (size_t i = 0; i < N_DROP_REASONS; i++) {
        if (custody->dropped[i]) {
            ds_put_format(out, "dropped %s %" PRIu64 " (%s)\n",
                          drop_reason_name(i), custody->dropped[i],
                          drop_reason_text(i));
        }
    }
}

struct json *
custody_to_json(const struct custody *custody)
{
    struct json *json = json_object_create();
    struct json *dropped = json_object_create();

    json_object_put(json, "received", json_integer_create(custody->received));
    json_object_put(json, "injected", json_integer_create(custody->injected));
    json_object_put(json, "sent", json_integer_create(custody->sent));
    json_object_put(json, "consumed", json_integer_create(custody->consumed));
    json_object_put(json, "held", json_integer_create(custody->held));
    for (size_t i = 0; i < N_DROP_REASONS; i++) {
        if (custody->dropped[i]) {
            json_object_put(dropped, drop_reason_name(i),
                            json_integer_create(custody->dropped[i]));
        }
    }
    json_object_put(json, "dropped", dropped);
    return json;
}
