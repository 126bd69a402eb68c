#include "cleanup.h"

void
cleanup_string(char **s)
{
    free(*s);
}

void
cleanup_ds(struct ds *ds)
{
    ds_destroy(ds);
}

void
cleanup_smap(struct smap *smap)
{
    smap_destroy(smap);
}

void
cleanup_json(struct json **json)
{
    json_destroy(*json);
}

void
cleanup_ofpbuf(struct ofpbuf **b)
{
    ofpbuf_delete(*b);
}
