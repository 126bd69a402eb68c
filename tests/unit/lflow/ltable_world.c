#include "ltable_world.h"

#include "act_table.h"
#include "unit.h"

int
ltable_world_set_up(void **state)
{
    struct ltable_world *world = xzalloc(sizeof *world);

    lflow_world_init(&world->names);
    world->tables = ltables_new(world->names.symtab, &act_table,
                                &world->names.env);
    for (int i = 0; i < LTABLE_WORLD_DATAPATHS; i++) {
        world->datapaths[i] = ldatapath_new(world->tables, i + 1);
    }
    *state = world;
    return 0;
}

int
ltable_world_tear_down(void **state)
{
    struct ltable_world *world = *state;

    ltables_free(world->tables);
    lflow_world_uninit(&world->names);
    free(world);
    return 0;
}

const struct lflow *
ltable_world_add(struct ltable_world *world, const struct lflow_desc *desc)
{
    char *error = NULL;
    const struct lflow *flow = ltables_add(world->tables, desc, &error);

    assert_case(flow, "%s: %s", desc->match, error);
    return flow;
}
