#include "rflow.h"

#include "lr_world.h"
#include "nb_rows.h"
#include "view_world.h"

#include "unit.h"

static void
test_texts(void **state OVS_UNUSED)
{
    struct caddrs addrs;

    assert_true(caddrs_parse("0a:00:00:00:00:01 10.0.0.1 fd00::1 10.0.1.1",
                             &addrs));
    char *ips = rflow_ips(&addrs, true);
    assert_string_equal(ips, "{10.0.0.1, 10.0.1.1}");
    free(ips);
    ips = rflow_ips(&addrs, false);
    assert_string_equal(ips, "fd00::1");
    free(ips);
    caddrs_uninit(&addrs);
    assert_true(caddrs_parse("0a:00:00:00:00:01 10.0.0.1", &addrs));
    assert_null(rflow_ips(&addrs, false));
    caddrs_uninit(&addrs);
    assert_string_equal(rflow_ip(false), "ip6");
    assert_string_equal(rflow_reg0(true), "reg0");
    assert_string_equal(rflow_reg0(false), "xxreg0");
    assert_string_equal(rflow_reg1(false), "xxreg1");
}

/* A port is of use when its router is enabled and it has a MAC. */
static void
test_router(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;
    bool no = false;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    const struct vrport *pub
        = view_router_port(r.ctx, &l.r1_pub->header_.uuid);
    const struct vrport *s1 = view_router_port(r.ctx,
                                               &l.r1_s1->header_.uuid);
    const struct vrouter *router = rflow_router(r.ctx, pub);
    assert_non_null(router);
    assert_null(rflow_router(r.ctx, NULL));
    assert_true(rflow_is_centralized(router));
    char *resident = rflow_resident(pub);
    assert_string_equal(resident,
                        " && is_chassis_resident(\"cr-r1-pub\")");
    free(resident);
    resident = rflow_resident(s1);
    assert_string_equal(resident, "");
    free(resident);
    assert_string_equal(rflow_switch(r.ctx, s1)->name, "s1");

    /* Numbers are the same for the same name, and others for others. */
    uint32_t a = rflow_number(r.ctx, &router->uuid, "table", "a");
    uint32_t b = rflow_number(r.ctx, &router->uuid, "table", "b");
    assert_true(a && b && a != b);
    assert_int_equal(rflow_number(r.ctx, &router->uuid, "table", "a"), a);
    view_reader_uninit(&r);

    nbrec_logical_router_port_set_mac(l.r1_s1, "x");
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_null(rflow_router(r.ctx, view_router_port(
                                        r.ctx, &l.r1_s1->header_.uuid)));
    view_reader_uninit(&r);
    nbrec_logical_router_set_enabled(l.r1, &no, 1);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_null(rflow_router(r.ctx, view_router_port(
                                        r.ctx, &l.r1_pub->header_.uuid)));
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static void
test_emit(void **state OVS_UNUSED)
{
    static const struct rflow flows[] = {
        { LR_IN_IP_INPUT, 7, "udp", "drop;", NULL },
        { LR_IN_IP_INPUT, 8, "tcp", "next;", "arp" },
    };
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    nb_rows_add_meter(&l.w, "m");
    nbrec_logical_router_set_copp(l.r1, nb_rows_add_copp(&l.w, "arp", "m"));
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    rflow_emit(r.ctx, view_router(r.ctx, &l.r1->header_.uuid), flows, 2);
    rflow_emit_nocopy(r.ctx, &(struct cflow) {
        .dp = &l.r1->header_.uuid, .stage = LR_OUT_SNAT, .priority = 9,
    }, xstrdup("sctp"), xstrdup("next;"));
    assert_flow(&l.w, "lr_in_ip_input r1 7 (udp) (drop;)");
    assert_flow(&l.w, "lr_in_ip_input r1 8 (tcp) (next;) m");
    assert_flow(&l.w, "lr_out_snat r1 9 (sctp) (next;)");
    view_reader_uninit(&r);
    assert_no_flow(&l.w, "lr_out_snat r1 9 (sctp) (next;)");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_router),
        cmocka_unit_test(test_emit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
