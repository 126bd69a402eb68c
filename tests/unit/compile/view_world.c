#include "view_world.h"

#include "unit.h"

/* After all views and units, so that all may be read. */
#define KIND_READER (N_KINDS - 1)

void
view_reader_init(struct view_reader *r, struct nb_world *w)
{
    struct uuid key = uuid_digest("view_reader", NULL);
    struct cnode *node = cnode_get(w->compile, KIND_READER, &key);
    struct cemitted *emitted = xzalloc(sizeof *emitted);

    ovs_list_init(&emitted->in_reporting);
    node->value = emitted;
    r->compile = w->compile;
    r->ctx = xzalloc(sizeof *r->ctx);
    *r->ctx = (struct cctx) {
        .compile = w->compile, .node = node, .emitted = emitted,
    };
}

void
view_reader_uninit(struct view_reader *r)
{
    cnode_remove(r->compile, r->ctx->node);
    free(r->ctx);
}

char *
view_reader_report(const struct view_reader *r, const char *part)
{
    for (size_t i = 0; i < r->ctx->emitted->n_reports; i++) {
        struct ds text = DS_EMPTY_INITIALIZER;

        diag_format(&r->ctx->emitted->reports[i], &text);
        if (strstr(ds_cstr(&text), part)) {
            return ds_steal_cstr(&text);
        }
        ds_destroy(&text);
    }
    return NULL;
}

bool
view_changes(struct nb_world *w, enum cview view, const struct uuid *key,
             void (*change)(void *aux), void *aux)
{
    const struct cview_class *class = cview_classes[view];
    struct view_reader r;

    /* Values that nobody else has. */
    nb_world_compile(w);
    view_reader_init(&r, w);
    void *before = class->compute(r.ctx, key);
    void *again = class->compute(r.ctx, key);
    assert_non_null(before);
    assert_true(class->equal(before, again));
    class->free(again);
    view_reader_uninit(&r);

    change(aux);
    nb_world_compile(w);
    view_reader_init(&r, w);
    void *after = class->compute(r.ctx, key);
    bool changed = !after || !class->equal(before, after);
    if (after) {
        class->free(after);
    }
    class->free(before);
    view_reader_uninit(&r);
    return changed;
}
