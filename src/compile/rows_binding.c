#include "rows_binding.h"

#include "rows.h"

#define MAX_DATAPATH_KEY ((1u << 24) - 1)
#define MAX_PORT_KEY ((1u << 15) - 1)

uint32_t
cdatapath_key(struct cctx *ctx, const struct uuid *datapath,
              uint32_t requested_key)
{
    char *fact = xasprintf("dp "UUID_FMT, UUID_ARGS(datapath));
    struct ckey_request request = {
        .owner = *datapath,
        .name = fact,
        .requested = requested_key <= MAX_DATAPATH_KEY ? requested_key : 0,
        .min = 1,
        .max = MAX_DATAPATH_KEY,
    };
    uint32_t key = ckey_get(ctx, &request);

    free(fact);
    return key;
}

void
cdatapath_emit(struct cctx *ctx, const struct cdatapath *dp)
{
    char *id = xasprintf(UUID_FMT, UUID_ARGS(&dp->uuid));
    uint32_t key = cdatapath_key(ctx, &dp->uuid, dp->requested_key);
    struct json *row = json_object_create();
    struct smap ids = SMAP_INITIALIZER(&ids);
    const char *neutron = smap_get(dp->external_ids,
                                   dp->alias ? dp->alias
                                   : "neutron:network_name");

    smap_add(&ids, dp->kind, id);
    smap_add(&ids, "name", dp->name);
    if (neutron && *neutron) {
        smap_add(&ids, "name2", neutron);
    }
    if (dp->more_ids) {
        const struct smap_node *node;

        SMAP_FOR_EACH (node, dp->more_ids) {
            smap_replace(&ids, node->key, node->value);
        }
    }
    row_put_integer(row, "tunnel_key", key);
    row_put_map(row, "external_ids", &ids);
    if (key) {
        crow_emit(ctx, "Datapath_Binding", &dp->uuid, &row);
    } else {
        json_destroy(row);
    }
    smap_destroy(&ids);
    free(id);
}

uint32_t
cport_key(struct cctx *ctx, const struct uuid *datapath,
          const struct uuid *port, const char *name, uint32_t requested)
{
    char *fact = xasprintf("port %s", name);
    struct ckey_request request = {
        .space = *datapath,
        .owner = *port,
        .name = fact,
        .requested = requested <= MAX_PORT_KEY ? requested : 0,
        .min = 1,
        .max = MAX_PORT_KEY,
    };
    uint32_t key = ckey_get(ctx, &request);

    free(fact);
    return key;
}

struct uuid
cport_redirect_uuid(const char *name)
{
    return uuid_digest("chassisredirect", name, NULL);
}

bool
cport_binding_emit(struct cctx *ctx, const struct cport_binding *pb)
{
    uint32_t key = cport_key(ctx, &pb->datapath, &pb->uuid, pb->name,
                             pb->requested_key);
    static const struct smap empty = SMAP_INITIALIZER(&empty);
    struct json *row;

    if (!key) {
        creport(ctx, pb->name, "name", "split the switch or router",
                "its datapath has no tunnel key left (%u ports)",
                MAX_PORT_KEY);
        return false;
    }
    row = json_object_create();
    row_put_string(row, "logical_port", pb->name);
    row_put_string(row, "type", pb->type);
    row_put_uuid(row, "datapath", &pb->datapath);
    row_put_integer(row, "tunnel_key", key);
    row_put_optional(row, "parent_port", pb->parent);
    if (pb->tag) {
        row_put_integer(row, "tag", pb->tag);
    } else {
        row_put_optional(row, "tag", NULL);
    }
    row_put_strings(row, "mac", pb->macs.names, pb->macs.n);
    row_put_strings(row, "port_security", pb->security, pb->n_security);
    row_put_map(row, "options", &pb->options);
    row_put_strings(row, "nat_addresses", pb->nat_addresses.names,
                    pb->nat_addresses.n);
    row_put_uuids(row, "ha_chassis_group", &pb->ha_group,
                  uuid_is_zero(&pb->ha_group) ? 0 : 1);
    row_put_uuids(row, "mirror_rules", pb->mirrors, pb->n_mirrors);
    row_put_map(row, "external_ids", pb->external_ids ? pb->external_ids
                                                      : &empty);
    crow_emit(ctx, "Port_Binding", &pb->uuid, &row);
    return true;
}

void
cgroup_emit(struct cctx *ctx, const struct uuid *datapath, const char *name,
            uint32_t key, const struct uuid *ports, size_t n)
{
    char *id = xasprintf(UUID_FMT, UUID_ARGS(datapath));
    struct uuid uuid = uuid_digest("Multicast_Group", id, name, NULL);
    struct json *row = json_object_create();

    row_put_uuid(row, "datapath", datapath);
    row_put_string(row, "name", name);
    row_put_integer(row, "tunnel_key", key);
    row_put_uuids(row, "ports", ports, n);
    crow_emit(ctx, "Multicast_Group", &uuid, &row);
    free(id);
}
