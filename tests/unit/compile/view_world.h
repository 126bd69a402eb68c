/* Reads views, and calls what wants a computation, as a unit would.
 *
 *     struct view_reader r;
 *     nb_world_compile(&w);
 *     view_reader_init(&r, &w);
 *     ... view_switch(r.ctx, &uuid) ...
 *     view_reader_uninit(&r);
 *
 * What is emitted in between is in the world's flows and rows. */

#ifndef TESTS_VIEW_WORLD_H
#define TESTS_VIEW_WORLD_H 1

#include "engine.h"
#include "nb_world.h"
#include "views.h"

struct view_reader {
    struct cctx *ctx;
    struct compile *compile;
};

void view_reader_init(struct view_reader *, struct nb_world *);
void view_reader_uninit(struct view_reader *);

/* The text of the first thing reported through the reader that contains
 * 'part': the caller's, or NULL. */
char *view_reader_report(const struct view_reader *, const char *part);

/* Does the view's value change by 'change' (of the world's rows)?  Fails
 * unless an equal row gives an equal view. */
bool view_changes(struct nb_world *, enum cview, const struct uuid *key,
                  void (*change)(void *aux), void *aux);

#endif /* view_world.h */
