#include "service_policy.h"

#include "cleanup.h"

static const char *const policy_keys[] = {
#define POLICY_KEY(NAME) NAME,
#include "policy_keys.def"
#undef POLICY_KEY
};

bool
service_policy_is_key(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(policy_keys); i++) {
        if (!strcmp(key, policy_keys[i])) {
            return true;
        }
    }
    return false;
}

/* In the order of the VIPs' text: that of the map changes with its hashes. */
static void
add_vips(struct endpoints *eps, const struct smap *vips)
{
    const struct smap_node **nodes = smap_sort(vips);

    for (size_t i = 0; i < smap_count(vips); i++) {
        /* One that is none is left out. */
        ignore(endpoints_parse(nodes[i]->key, eps, NULL));
    }
    free(nodes);
}

void
service_policy_init(struct service_policy *policy, const struct uuid *lb,
                    const char *protocol, const struct smap *vips,
                    const struct smap *external_ids)
{
    *policy = (struct service_policy) { .lb = *lb };
    smap_init(&policy->keys);
    for (size_t i = 0; i < ARRAY_SIZE(policy_keys); i++) {
        const char *value = smap_get(external_ids, policy_keys[i]);

        if (value) {
            smap_add(&policy->keys, policy_keys[i], value);
        }
    }
    if (!service_policy_is_empty(policy)) {
        policy->protocol = xstrdup(protocol);
        add_vips(&policy->vips, vips);
    }
}

void
service_policy_uninit(struct service_policy *policy)
{
    free(policy->protocol);
    endpoints_uninit(&policy->vips);
    smap_destroy(&policy->keys);
}

bool
service_policy_is_empty(const struct service_policy *policy)
{
    return smap_is_empty(&policy->keys);
}

char *
service_policy_to_text(const struct service_policy *policy)
{
    struct json *json OWNED_JSON = json_object_create();
    struct ds vips OWNED_DS = DS_EMPTY_INITIALIZER;
    const struct smap_node *node;

    for (size_t i = 0; i < policy->vips.n; i++) {
        ds_put_cstr(&vips, i ? "," : "");
        endpoint_format(&policy->vips.list[i], &vips);
    }
    json_object_put_string(json, "vips", ds_cstr(&vips));
    json_object_put_string(json, "protocol", policy->protocol);
    SMAP_FOR_EACH (node, &policy->keys) {
        json_object_put_string(json, node->key, node->value);
    }
    return json_to_string(json, JSSF_SORT);
}

static bool
read_members(const struct json *json, struct service_policy *policy,
             char **why)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(json)) {
        const struct json *value = node->data;
        const char *s;

        if (value->type != JSON_STRING) {
            *why = xasprintf("\"%s\" is no string", node->name);
            return false;
        }
        s = json_string(value);
        if (!strcmp(node->name, "protocol")) {
            free(policy->protocol);
            policy->protocol = xstrdup(s);
        } else if (strcmp(node->name, "vips")) {
            smap_replace(&policy->keys, node->name, s);
        } else if (!endpoints_parse(s, &policy->vips, NULL)) {
            *why = xasprintf("\"%s\" is no list of VIPs", s);
            return false;
        }
    }
    return true;
}

bool
service_policy_from_text(const struct uuid *lb, const char *text,
                         struct service_policy *policy, char **why)
{
    struct json *json OWNED_JSON = json_from_string(text);
    struct service_policy read = { .lb = *lb };

    if (json->type != JSON_OBJECT) {
        *why = json->type == JSON_STRING ? xstrdup(json_string(json))
                                         : xstrdup("it is no JSON object");
        return false;
    }
    smap_init(&read.keys);
    read.protocol = xstrdup("tcp");
    if (!read_members(json, &read, why)) {
        service_policy_uninit(&read);
        return false;
    }
    *policy = read;
    /* A small map points into itself. */
    hmap_moved(&policy->keys.map);
    return true;
}
