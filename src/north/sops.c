#include "sops.h"

#include "rows.h"

void
sops_init(struct sops *ops)
{
    *ops = (struct sops) { .n_pieces = 0 };
    ovs_list_init(&ops->pieces);
}

static struct sops_piece *
pop_piece(struct sops *ops)
{
    ops->n_pieces--;
    return CONTAINER_OF(ovs_list_pop_front(&ops->pieces), struct sops_piece,
                        node);
}

void
sops_clear(struct sops *ops)
{
    while (!sops_is_empty(ops)) {
        struct sops_piece *piece = pop_piece(ops);

        ds_destroy(&piece->text);
        free(piece);
    }
    ops->joined = false;
}

void
sops_append(struct sops *ops, struct sops *from)
{
    ovs_list_push_back_all(&ops->pieces, &from->pieces);
    ops->n_pieces += from->n_pieces;
    ops->joined = from->joined;
    from->n_pieces = 0;
    from->joined = false;
}

bool
sops_is_empty(const struct sops *ops)
{
    return !ops->n_pieces;
}

/* --- Operations --- */

static struct sops_piece *
last_piece(const struct sops *ops)
{
    return sops_is_empty(ops)
           ? NULL : CONTAINER_OF(ovs_list_back(&ops->pieces),
                                 struct sops_piece, node);
}

static struct sops_piece *
add_piece(struct sops *ops)
{
    struct sops_piece *last = last_piece(ops);
    struct sops_piece *piece = xmalloc(sizeof *piece);

    if (last) {
        /* Nothing comes after it any more: give back the rest. */
        last->text.allocated = last->text.length;
        last->text.string = xrealloc(last->text.string,
                                     last->text.allocated + 1);
    }
    ds_init(&piece->text);
    ovs_list_push_back(&ops->pieces, &piece->node);
    ops->n_pieces++;
    return piece;
}

/* Where the next operation goes, after its beginning. */
static struct ds *
start(struct sops *ops, const char *op, const char *table)
{
    struct sops_piece *piece = last_piece(ops);

    if (piece && (ops->joined || piece->text.length < SOPS_PIECE_SIZE)) {
        ds_put_char(&piece->text, ',');
    } else {
        piece = add_piece(ops);
    }
    ops->joined = false;
    ds_put_format(&piece->text, "{\"op\":\"%s\",\"table\":\"%s\"", op, table);
    return &piece->text;
}

static void
put_where(struct ds *text, const struct uuid *uuid)
{
    ds_put_format(text, ",\"where\":[[\"_uuid\",\"==\",[\"uuid\",\""UUID_FMT
                  "\"]]]", UUID_ARGS(uuid));
}

static void
put_columns(struct ds *text, const struct json *columns)
{
    ds_put_cstr(text, ",\"row\":");
    json_to_ds(columns, 0, text);
    ds_put_char(text, '}');
}

void
sops_insert(struct sops *ops, const char *table, const struct uuid *uuid,
            const struct json *columns)
{
    struct ds *text = start(ops, "insert", table);

    ds_put_format(text, ",\"uuid\":\""UUID_FMT"\"", UUID_ARGS(uuid));
    put_columns(text, columns);
}

void
sops_insert_flow(struct sops *ops, const struct uuid *uuid,
                 const struct cflow *flow)
{
    struct ds *text = start(ops, "insert", "Logical_Flow");

    ds_put_format(text, ",\"uuid\":\""UUID_FMT"\",\"row\":",
                  UUID_ARGS(uuid));
    cflow_put_row(flow, text);
    ds_put_char(text, '}');
}

void
sops_update(struct sops *ops, const char *table, const struct uuid *uuid,
            const struct json *columns)
{
    struct ds *text = start(ops, "update", table);

    put_where(text, uuid);
    put_columns(text, columns);
}

void
sops_delete(struct sops *ops, const char *table, const struct uuid *uuid)
{
    struct ds *text = start(ops, "delete", table);

    put_where(text, uuid);
    ds_put_char(text, '}');
}

void
sops_put(struct sops *ops, const char *table, bool exists,
         const struct json *columns)
{
    struct ds *text = start(ops, exists ? "update" : "insert", table);

    if (exists) {
        ds_put_cstr(text, ",\"where\":[]");
    }
    put_columns(text, columns);
}

/* --- Transactions --- */

/* Operations that are text already.  json.h makes this kind of value from
 * trees only; it is written as it is, and freed as a string. */
static struct json *
text_to_json(struct ds *text)
{
    struct json *json = json_string_create_nocopy(ds_steal_cstr(text));

    json->type = JSON_SERIALIZED_OBJECT;
    return json;
}

struct json *
sops_take(struct sops *ops, const char *database, size_t n_pieces)
{
    struct json *params = json_array_create_1(json_string_create(database));

    while (n_pieces-- && !sops_is_empty(ops)) {
        struct sops_piece *piece = pop_piece(ops);

        json_array_add(params, text_to_json(&piece->text));
        free(piece);
    }
    if (sops_is_empty(ops)) {
        ops->joined = false;
    }
    return params;
}
