#include "rroute.h"

#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

/* What routes of one group have in common, written in one way. */
static void
test_key(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router_static_route *route
        = lr_world_add_route(&l, "10.0.0.7/24", "192.0.2.9");
    char *key = rroute_key(route);
    assert_string_equal(key, "10.0.0.0/24 dst ");
    free(key);
    nbrec_logical_router_static_route_set_policy(route, "src-ip");
    nbrec_logical_router_static_route_set_route_table(route, "t 1");
    nbrec_logical_router_static_route_set_ip_prefix(route, "fd00::1");
    key = rroute_key(route);
    assert_string_equal(key, "fd00::1/128 src t 1");
    free(key);
    nbrec_logical_router_static_route_set_ip_prefix(route, "x");
    assert_null(rroute_key(route));
    lr_world_uninit(&l);
}

static bool
find(struct lr_world *l, const char *nexthop, const char *port,
     struct rroute_hop *hop, struct view_reader *r)
{
    struct caddr ip;

    assert_true(caddr_parse(nexthop, &ip));
    bool found = rroute_find_hop(r->ctx, &l->r1->header_.uuid, &ip, port,
                                 hop);
    caddr_uninit(&ip);
    return found;
}

static void
test_hop(void **state OVS_UNUSED)
{
    struct rroute_hop hop;
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_true(find(&l, "192.0.2.77", NULL, &hop, &r));
    assert_string_equal(hop.port->name, "r1-pub");
    assert_string_equal(hop.source->s, "192.0.2.1");
    char *actions = rroute_actions(&hop, "192.0.2.77");
    assert_string_equal(actions, "reg0 = 192.0.2.77; reg1 = 192.0.2.1; "
                        "eth.src = 0a:00:00:00:02:01; "
                        "outport = \"r1-pub\"; ");
    free(actions);
    assert_false(find(&l, "10.77.0.1", NULL, &hop, &r));
    assert_false(find(&l, "10.77.0.1", "nowhere", &hop, &r));

    /* A port that is named is taken whatever its networks. */
    assert_true(find(&l, "fd77::1", "r1-s1", &hop, &r));
    assert_string_equal(hop.port->name, "r1-s1");
    assert_string_equal(hop.source->s, "fd00:1::1");
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static void
test_priority(void **state OVS_UNUSED)
{
    struct caddr wide, narrow;

    assert_true(caddr_parse("10.0.0.0/8", &wide));
    assert_true(caddr_parse("10.0.0.0/9", &narrow));
    assert_true(rroute_priority(&wide, RROUTE_BY_SOURCE)
                < rroute_priority(&wide, RROUTE_BY_DESTINATION));
    assert_true(rroute_priority(&wide, RROUTE_BY_DESTINATION)
                < rroute_priority(&wide, RROUTE_CONNECTED));
    assert_true(rroute_priority(&wide, RROUTE_CONNECTED)
                < rroute_priority(&narrow, RROUTE_BY_SOURCE));
    caddr_uninit(&wide);
    caddr_uninit(&narrow);
}

/* Packets of BFD keep their TTL. */
static void
test_bfd(void **state OVS_UNUSED)
{
    struct rroute_hop hop;
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    lr_world_add_bfd(&l, "192.0.2.9");
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_true(find(&l, "192.0.2.9", NULL, &hop, &r));
    rroute_emit(r.ctx, &l.r1->header_.uuid, 40, "ip4", &hop, "192.0.2.9");
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing r1 40 (ip4) "
                                          "(ip.ttl--; "), 1);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing r1 41 (ip4 && "
                     "udp.dst == 3784) (reg8[0..15] = 0; reg0 = "), 1);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_hop),
        cmocka_unit_test(test_priority),
        cmocka_unit_test(test_bfd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
