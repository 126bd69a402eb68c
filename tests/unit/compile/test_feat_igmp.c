#include "lr_world.h"

#include "unit.h"

static void
join(struct lr_world *l, const struct nbrec_logical_switch *ls,
     const char *address, const struct nbrec_logical_switch_port *port)
{
    char *id = xasprintf(UUID_FMT, UUID_ARGS(&ls->header_.uuid));
    char *text = address ? xasprintf("%s "UUID_FMT"\n", address,
                                     UUID_ARGS(&port->header_.uuid)) : NULL;

    nb_world_set_fact(&l->w, CFACT_GROUPS, id, text);
    nb_world_compile(&l->w);
    free(id);
    free(text);
}

static void
test_switch(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    join(&l, l.s1, "239.0.1.68", l.p1);
    assert_flow(&l.w, "ls_in_l2_lkup s1 90 (eth.mcast && ip4 && "
                "ip4.dst == 239.0.1.68 ) (outport = \"239.0.1.68\"; "
                "output; )");
    const char *row = nb_world_row(&l.w, "Multicast_Group",
                                   "\"name\":\"239.0.1.68\"");
    assert_non_null(row);
    char *port = xasprintf(UUID_FMT, UUID_ARGS(&l.p1->header_.uuid));
    assert_non_null(strstr(row, port));
    free(port);

    /* What is for the whole network needs no group of its own. */
    join(&l, l.s1, "224.0.0.5", l.p1);
    assert_int_equal(nb_world_count(&l.w, "ls_in_l2_lkup s1 90"), 0);
    assert_non_null(nb_world_row(&l.w, "Multicast_Group", "224.0.0.5"));

    /* A router of multicast gets what is not joined, too. */
    join(&l, l.s1, "mrouters", l.p1);
    assert_null(nb_world_row(&l.w, "Multicast_Group", "mrouters"));
    assert_non_null(nb_world_row(&l.w, "Multicast_Group",
                                 "_MC_mrouter_flood"));
    join(&l, l.s1, NULL, NULL);
    assert_null(nb_world_row(&l.w, "Multicast_Group", "_MC_mrouter_flood"));
    lr_world_uninit(&l);
}

/* A router that relays sends to the switches where somebody has joined. */
static void
test_router(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    join(&l, l.s1, "239.0.1.68", l.p1);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing r1 10500"), 0);
    lr_world_set_option(l.r1, "mcast_relay", "true");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_ip_routing r1 10500 (ip4 && "
                "ip4.dst == 239.0.1.68 ) (outport = \"239.0.1.68\"; "
                "ip.ttl--; next;)");
    assert_flow(&l.w, "ls_in_l2_lkup s1 90 (eth.mcast && ip4 && "
                "ip4.dst == 239.0.1.68 ) (clone { outport = "
                "\"_MC_mrouter_flood\"; output; };"
                "outport = \"239.0.1.68\"; output; )");
    char *port = xasprintf("\"ports\":[\"set\",[[\"uuid\",\""UUID_FMT"\"]]]",
                           UUID_ARGS(&l.r1_s1->header_.uuid));
    assert_non_null(nb_world_row(&l.w, "Multicast_Group", port));

    /* A port that gets all is not in the group, and a copy goes there. */
    lr_world_set_port_option(l.r1_pub, "mcast_flood", "true");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "10500 (ip4 && ip4.dst == "
                     "239.0.1.68 ) (clone { outport = \"_MC_static\"; "), 1);
    lr_world_set_port_option(l.r1_s1, "mcast_flood", "true");
    nb_world_compile(&l.w);
    assert_null(nb_world_row(&l.w, "Multicast_Group", port));
    free(port);

    lr_world_set_port_option(l.r1_s1, "mcast_flood", "false");
    join(&l, l.s1, "ff02::5", l.p1);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing r1 10500"), 0);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switch),
        cmocka_unit_test(test_router),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
