#include "nb_world.h"

#include "unit.h"

static size_t
count_rows(const struct nb_world *w, const char *table)
{
    const struct shash_node *node;
    size_t n = 0;

    SHASH_FOR_EACH (node, &w->rows) {
        n += !strncmp(node->name, table, strlen(table));
    }
    return n;
}

/* With a database there are the options that any chassis knows, and no row
 * more whatever else it says. */
static void
test_rows(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    nb_world_compile(&w);
    assert_int_equal(count_rows(&w, "DHCP_Options "), 0);
    nbrec_nb_global_insert(w.txn);
    nb_world_compile(&w);

    size_t n4 = count_rows(&w, "DHCP_Options ");
    size_t n6 = count_rows(&w, "DHCPv6_Options ");
    assert_true(n4 > 30);
    assert_true(n6 >= 4);
    const char *row = nb_world_row(&w, "DHCP_Options",
                                   "\"name\":\"router\"");
    assert_non_null(row);
    assert_string_equal(row, "{\"code\":3,\"name\":\"router\","
                             "\"type\":\"ipv4\"}");
    assert_non_null(nb_world_row(&w, "DHCP_Options", "\"name\":\"mtu\""));
    row = nb_world_row(&w, "DHCPv6_Options", "\"name\":\"dns_server\"");
    assert_string_equal(row, "{\"code\":23,\"name\":\"dns_server\","
                             "\"type\":\"ipv6\"}");

    struct nbrec_dhcp_options *options = nbrec_dhcp_options_insert(w.txn);
    nbrec_dhcp_options_set_cidr(options, "10.0.0.0/24");
    nb_world_compile(&w);
    assert_int_equal(count_rows(&w, "DHCP_Options "), n4);
    assert_int_equal(count_rows(&w, "DHCPv6_Options "), n6);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
