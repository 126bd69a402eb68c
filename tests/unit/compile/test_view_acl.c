#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

/* A change of the match does not reach the switches; one of the action may. */
static void
change_match(void *acl)
{
    nbrec_acl_set_match(acl, "ip6");
}

static void
change_action(void *acl)
{
    nbrec_acl_set_action(acl, "allow-related");
}

static void
test_stateful(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_acl *acl = nbrec_acl_insert(w.txn);
    const struct uuid *key = &acl->header_.uuid;
    nbrec_acl_set_action(acl, "drop");
    assert_false(view_changes(&w, CV_ACL, key, change_match, acl));
    assert_true(view_changes(&w, CV_ACL, key, change_action, acl));
    struct view_reader r;
    view_reader_init(&r, &w);
    assert_true(view_acl(r.ctx, key)->is_stateful);
    struct uuid none = UUID_ZERO;
    assert_null(view_acl(r.ctx, &none));
    view_reader_uninit(&r);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stateful),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
