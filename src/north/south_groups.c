/* Multicast groups that hosts have joined: rows of IGMP_Group, one for each
 * chassis, together for each datapath. */

#include "row.h"
#include "south_private.h"

/* Adds " UUID" for each of a set of UUIDs, or for a single one. */
static void
put_uuids(struct ds *s, const struct json *value)
{
    const struct json *set = row_tagged(value, "set");
    const struct json *uuid = row_tagged(value, "uuid");

    if (uuid && uuid->type == JSON_STRING) {
        ds_put_format(s, " %s", json_string(uuid));
    }
    for (size_t i = 0; set && set->type == JSON_ARRAY
                       && i < json_array(set)->n; i++) {
        uuid = row_tagged(json_array(set)->elems[i], "uuid");
        if (uuid && uuid->type == JSON_STRING) {
            ds_put_format(s, " %s", json_string(uuid));
        }
    }
}

/* "DATAPATH ADDRESS PORT PORT..."; the caller's. */
static char *
format_row(const struct json *row)
{
    const struct json *dp = row_tagged(row_column(row, "datapath"), "uuid");
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!dp || dp->type != JSON_STRING) {
        return NULL;
    }
    ds_put_format(&s, "%s %s", json_string(dp), row_string(row, "address"));
    put_uuids(&s, row_column(row, "ports"));
    return ds_steal_cstr(&s);
}

static bool
is_of(const char *text, const char *datapath)
{
    return !strncmp(text, datapath, UUID_LEN) && text[UUID_LEN] == ' ';
}

/* All that is joined on a datapath, by address. */
static void
tell(struct south *s, const char *datapath)
{
    struct smap addresses = SMAP_INITIALIZER(&addresses);
    struct ds all = DS_EMPTY_INITIALIZER;
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &s->groups) {
        if (is_of(node->value, datapath)) {
            const char *rest = node->value + UUID_LEN + 1;
            char *address = xmemdup0(rest, strcspn(rest, " "));
            const char *ports = rest + strlen(address);
            const char *before = smap_get_def(&addresses, address, "");
            char *both = xasprintf("%s%s", before, ports);

            smap_replace(&addresses, address, both);
            free(both);
            free(address);
        }
    }

    const struct smap_node **nodes = smap_sort(&addresses);
    for (size_t i = 0; i < smap_count(&addresses); i++) {
        ds_put_format(&all, "%s%s\n", nodes[i]->key, nodes[i]->value);
    }
    s->ops->groups(s->aux, datapath, all.length ? ds_cstr(&all) : NULL);
    free(nodes);
    ds_destroy(&all);
    smap_destroy(&addresses);
}

void
south_update_group(struct south *s, const char *uuid, const struct json *row)
{
    const char *old = smap_get(&s->groups, uuid);
    char *before = old ? xmemdup0(old, UUID_LEN) : NULL;
    char *text = row ? format_row(row) : NULL;

    if (text) {
        smap_replace(&s->groups, uuid, text);
        char *datapath = xmemdup0(text, UUID_LEN);
        tell(s, datapath);
        free(datapath);
    } else if (old) {
        smap_remove(&s->groups, uuid);
    }
    if (before && (!text || !is_of(text, before))) {
        tell(s, before);
    }
    free(before);
    free(text);
}
