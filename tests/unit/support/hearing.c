#include "hearing.h"

#include "cleanup.h"

static void *
hear_flow(void *heard OVS_UNUSED, const struct uuid *id OVS_UNUSED,
          const struct cflow *flow OVS_UNUSED)
{
    return NULL;
}

static void
forget_flow(void *heard OVS_UNUSED, const struct uuid *id OVS_UNUSED,
            void *handle OVS_UNUSED)
{
}

static void
hear_row(void *heard, const char *table, const struct uuid *uuid OVS_UNUSED,
         const struct json *row)
{
    if (!strcmp(table, "Load_Balancer")) {
        const struct shash *columns = json_object(row);
        char *vips OWNED_STRING = json_to_string(
            shash_find_data(columns, "vips"), JSSF_SORT);

        smap_replace(heard, json_string(shash_find_data(columns, "name")),
                     vips);
    }
}

static void
forget_row(void *heard OVS_UNUSED, const char *table OVS_UNUSED,
           const struct uuid *uuid OVS_UNUSED)
{
}

static void
heard_all(void *heard OVS_UNUSED)
{
}

struct csink
hearing_sink(struct smap *heard)
{
    return (struct csink) {
        .aux = heard,
        .add_flow = hear_flow,
        .remove_flow = forget_flow,
        .set_row = hear_row,
        .remove_row = forget_row,
        .commit = heard_all,
    };
}
