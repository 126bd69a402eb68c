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

static void *
read_all_the_time(void *reader_)
{
    struct ltable_reader *reader = reader_;
    uint32_t n = 0;
    bool stop;

    do {
        const struct lflow *flow = reader->lookup(reader->world, n++);
        unsigned int orig;

        atomic_add_relaxed(flow && flow->priority == 10
                           ? &reader->n_found : &reader->n_wrong, 1u, &orig);
        ovsrcu_quiesce();
        atomic_read_relaxed(&reader->stop, &stop);
    } while (!stop);
    return NULL;
}

void
ltable_reader_start(struct ltable_reader *reader)
{
    reader->thread = ovs_thread_create("reader", read_all_the_time, reader);
}

void
ltable_reader_stop(struct ltable_reader *reader)
{
    unsigned int n_wrong, n_found;

    atomic_store_relaxed(&reader->stop, true);
    xpthread_join(reader->thread, NULL);
    atomic_read_relaxed(&reader->n_wrong, &n_wrong);
    atomic_read_relaxed(&reader->n_found, &n_found);
    assert_int_equal(n_wrong, 0);
    assert_true(n_found > 0);
}
