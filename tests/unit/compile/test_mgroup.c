#include "mgroup.h"

#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static void
join(struct lr_world *l, char *text)
{
    char *id = xasprintf(UUID_FMT, UUID_ARGS(&l->s1->header_.uuid));

    nb_world_set_fact(&l->w, CFACT_GROUPS, id, text);
    nb_world_compile(&l->w);
    free(id);
    free(text);
}

/* What is no address is passed over, and so is what is no port. */
static void
test_parse(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    join(&l, xasprintf("239.0.0.1 "UUID_FMT" x\njunk "UUID_FMT"\n\n"
                       "mrouters "UUID_FMT"\nff0a::1\n239.0.0.0/24\n",
                       UUID_ARGS(&l.p1->header_.uuid),
                       UUID_ARGS(&l.p1->header_.uuid),
                       UUID_ARGS(&l.s1_r1->header_.uuid)));
    view_reader_init(&r, &l.w);
    struct mgroups groups = mgroups_get(r.ctx, &l.s1->header_.uuid);
    assert_int_equal(groups.n, 2);
    assert_string_equal(groups.list[0].ip.s, "239.0.0.1");
    assert_int_equal(groups.list[0].ports.n, 1);
    assert_string_equal(groups.list[1].ip.s, "ff0a::1");
    assert_int_equal(groups.list[1].ports.n, 0);
    assert_int_equal(groups.mrouters.n, 1);
    mgroups_uninit(&groups);
    groups = mgroups_get(r.ctx, &l.pub->header_.uuid);
    assert_int_equal(groups.n, 0);
    mgroups_uninit(&groups);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static size_t
n_members(struct lr_world *l)
{
    struct view_reader r;

    nb_world_compile(&l->w);
    view_reader_init(&r, &l->w);
    struct mgroups groups = mgroups_get(r.ctx, &l->s1->header_.uuid);
    struct uuids members = mgroup_members(r.ctx, &l->s1->header_.uuid,
                                          &groups.list[0]);
    size_t n = members.n;
    free(members.list);
    mgroups_uninit(&groups);
    view_reader_uninit(&r);
    return n;
}

/* Without those that get all multicast anyway; with the ports that others may
 * be behind. */
static void
test_members(void **state OVS_UNUSED)
{
    struct smap flood = SMAP_CONST1(&flood, "mcast_flood", "true");
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_switch_port *p2 = nb_world_add_port(&l.w, l.s1,
                                                             "p2");
    join(&l, xasprintf("239.0.0.1 "UUID_FMT" "UUID_FMT" "UUID_FMT" "
                       UUID_FMT, UUID_ARGS(&l.p1->header_.uuid),
                       UUID_ARGS(&p2->header_.uuid),
                       UUID_ARGS(&l.s1_r1->header_.uuid),
                       UUID_ARGS(&l.pub_r1->header_.uuid)));
    assert_int_equal(n_members(&l), 3);
    lr_world_set_option(l.r1, "mcast_relay", "true");
    assert_int_equal(n_members(&l), 2);
    nbrec_logical_switch_port_set_options(p2, &flood);
    assert_int_equal(n_members(&l), 1);
    nbrec_logical_switch_port_set_type(nb_world_add_port(&l.w, l.s1, "ln1"),
                                       "localnet");
    assert_int_equal(n_members(&l), 2);
    nbrec_logical_switch_port_set_options(l.p1, &flood);
    assert_int_equal(n_members(&l), 0);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
