#include "lb.h"

#include "lb_world.h"
#include "view_world.h"

#include "unit.h"

struct scene {
    struct nb_world w;
    struct nbrec_load_balancer *row;
    struct view_reader r;
    struct lb lb;
};

static void
parse(struct scene *s)
{
    nb_world_compile(&s->w);
    view_reader_init(&s->r, &s->w);
    lb_parse(s->r.ctx, s->row, &s->lb);
}

static void
done(struct scene *s)
{
    lb_uninit(&s->lb);
    view_reader_uninit(&s->r);
}

static void
test_parse(void **state OVS_UNUSED)
{
    const char *fields[] = { "tp_src", "ip_dst" };
    struct ds text = DS_EMPTY_INITIALIZER;
    struct scene s;

    nb_world_init(&s.w);
    s.row = lb_add(&s.w, "lb0", "[fd00:0::1]:080", "[fd00::2]:8080", NULL);
    lb_set_option(s.row, "reject", "true");
    lb_set_option(s.row, "affinity_timeout", "99999");
    lb_set_option(s.row, "neighbor_responder", "all");
    nbrec_load_balancer_set_selection_fields(s.row, fields, 2);
    parse(&s);
    assert_string_equal(s.lb.protocol, "tcp");
    assert_true(s.lb.reject && !s.lb.event && !s.lb.skip_snat);
    assert_int_equal(s.lb.responder, LB_RESPOND_ALL);
    assert_int_equal(s.lb.affinity, 65535);
    assert_string_equal(s.lb.hash_fields,
                        "; hash_fields=\"ip_dst,tcp_src\"");
    assert_int_equal(s.lb.n_vips, 1);
    assert_string_equal(s.lb.vips[0].at.s, "[fd00::1]:80");
    assert_string_equal(s.lb.vips[0].at.ip, "fd00::1");
    assert_int_equal(lb_priority(&s.lb.vips[0]), 120);
    lb_put_vip(&s.lb, &s.lb.vips[0], true, &text);
    assert_string_equal(ds_cstr(&text), "ip6.dst == fd00::1 && tcp && "
                                        "tcp.dst == 80");
    ds_clear(&text);
    lb_put_ct_lb(&s.lb, &s.lb.vips[0], &text);
    assert_string_equal(ds_cstr(&text),
                        "ct_lb_mark(backends=[fd00::2]:8080; "
                        "hash_fields=\"ip_dst,tcp_src\");");

    /* What is not up is not named. */
    s.lb.vips[0].backends[0].up = false;
    lb_vip_format_backends(&s.lb.vips[0]);
    assert_string_equal(s.lb.vips[0].backends_s, "");
    ds_destroy(&text);
    done(&s);
    nb_world_uninit(&s.w);
}

static void
test_bad_options(void **state OVS_UNUSED)
{
    struct scene s;

    nb_world_init(&s.w);
    s.row = lb_add(&s.w, "lb0", "10.0.0.1", "10.0.0.2", "udp");
    lb_set_option(s.row, "affinity_timeout", "soon");
    lb_set_option(s.row, "neighbor_responder", "some");
    parse(&s);
    assert_int_equal(s.lb.affinity, 0);
    assert_int_equal(s.lb.responder, LB_RESPOND_REACHABLE);
    assert_int_equal(lb_priority(&s.lb.vips[0]), 110);
    char *report = view_reader_report(&s.r, "\"soon\" is no number");
    assert_non_null(report);
    free(report);
    report = view_reader_report(&s.r, "\"some\" is not known");
    assert_non_null(report);
    free(report);
    done(&s);
    nb_world_uninit(&s.w);
}

static void
test_router_vip(void **state OVS_UNUSED)
{
    struct scene s;

    nb_world_init(&s.w);
    struct nbrec_logical_router *lr = nb_world_add_router(&s.w, "lr0");
    struct nbrec_logical_router *other = nb_world_add_router(&s.w, "lr1");
    s.row = lb_add(&s.w, "lb0", "10.0.0.1:80", "", "udp");
    lb_on_router(lr, s.row);
    nb_world_compile(&s.w);
    view_reader_init(&s.r, &s.w);
    assert_true(lb_is_router_vip(s.r.ctx, &lr->header_.uuid, "10.0.0.1"));
    assert_false(lb_is_router_vip(s.r.ctx, &lr->header_.uuid, "10.0.0.2"));
    assert_false(lb_is_router_vip(s.r.ctx, &other->header_.uuid,
                                  "10.0.0.1"));
    view_reader_uninit(&s.r);
    nb_world_uninit(&s.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_router_vip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
