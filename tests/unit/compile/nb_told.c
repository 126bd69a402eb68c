#include "nb_told.h"

#include "unit.h"

static void *
hear_flow(void *told_, const struct uuid *id,
          const struct cflow *flow OVS_UNUSED)
{
    struct nb_told *told = told_;
    char key[UUID_LEN + 1];

    snprintf(key, sizeof key, UUID_FMT, UUID_ARGS(id));
    assert_non_null(shash_find(&told->w->flows, key));
    if (flow->dps->n > 1) {
        char *group = xasprintf("Logical_DP_Group " UUID_FMT,
                                UUID_ARGS(&flow->dps->id));

        assert_true(sset_contains(&told->rows, group));
        free(group);
    }
    sset_add(&told->flows, key);
    told->n++;
    return NULL;
}

static void
hear_row(void *told_, const char *table, const struct uuid *uuid,
         const struct json *row)
{
    struct nb_told *told = told_;
    char *key = xasprintf("%s " UUID_FMT, table, UUID_ARGS(uuid));
    char *text = json_to_string(row, JSSF_SORT);
    const char *there = shash_find_data(&told->w->rows, key);

    assert_non_null(there);
    assert_string_equal(text, there);
    sset_add(&told->rows, key);
    told->n++;
    free(text);
    free(key);
}

void
nb_told_init(struct nb_told *told, struct nb_world *w)
{
    *told = (struct nb_told) {
        .w = w,
        .flows = SSET_INITIALIZER(&told->flows),
        .rows = SSET_INITIALIZER(&told->rows),
    };
}

void
nb_told_uninit(struct nb_told *told)
{
    sset_destroy(&told->flows);
    sset_destroy(&told->rows);
}

bool
nb_told_go_on(struct nb_told *told, size_t n)
{
    const struct csink sink = {
        .aux = told, .add_flow = hear_flow, .set_row = hear_row,
    };
    size_t n_added = told->w->n_added, n_removed = told->w->n_removed;

    compile_tell(told->w->compile, &sink, n, &told->cursor);
    /* Nobody else has heard of it. */
    assert_int_equal(told->w->n_added, n_added);
    assert_int_equal(told->w->n_removed, n_removed);
    return told->cursor != 0;
}

void
nb_told_check(struct nb_world *w, size_t n)
{
    struct nb_told told;

    nb_told_init(&told, w);
    while (nb_told_go_on(&told, n)) {
        continue;
    }
    assert_int_equal(sset_count(&told.flows), shash_count(&w->flows));
    assert_int_equal(sset_count(&told.rows), shash_count(&w->rows));
    nb_told_uninit(&told);
}
