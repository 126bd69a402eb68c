/* The rule by which backends are matched with places; test_proc_net.c tests
 * what is read from /proc. */

#include "driver_fixture.h"

#include "port_check.h"

static char dir[] = "/tmp/rouse-test-ports-XXXXXX";

/* Makes up process 'pid' with address 10.1.0.'pid' (none if 'has_address' is
 * false) and a listener on each of the 'ports', 0 at the end. */
static void
make_place(int pid, bool has_address, const int *ports)
{
    char *command = xasprintf("mkdir -p %s/%d/net", dir, pid);
    char *path = xasprintf("%s/%d/net/fib_trie", dir, pid);

    assert_int_equal(system(command), 0);
    FILE *file = fopen(path, "w");
    fprintf(file, "|-- 10.%d.0.%d\n /32 host LOCAL\n", has_address ? 1 : 99,
            pid);
    fclose(file);
    free(path);

    path = xasprintf("%s/%d/net/tcp", dir, pid);
    file = fopen(path, "w");
    for (; *ports; ports++) {
        fprintf(file, " 0: 00000000:%04X 00000000:0000 0A \n", *ports);
    }
    fclose(file);
    free(path);
    free(command);
}

#define PORTS(...) (const int[]) { __VA_ARGS__ __VA_OPT__(,) 0 }

static struct port_check *
new_check(const char *backends, enum port_check_unowned unowned)
{
    struct svec list = SVEC_EMPTY_INITIALIZER;

    svec_parse_words(&list, backends);
    struct port_check *pc = port_check_new("tcp", &list, unowned);
    svec_destroy(&list);
    return pc;
}

static void
add(struct port_check *pc, int pid, bool trusted)
{
    char *name = xasprintf("place %d", pid);

    assert_int_equal(port_check_add(pc, dir, pid, name, trusted), 0);
    free(name);
}

static enum port_check_result
first_look(struct port_check *pc)
{
    enum port_check_result result = port_check_run(pc);

    port_check_free(pc);
    return result;
}

static void
own_backends_must_be_listened_for(void **state OVS_UNUSED)
{
    make_place(1, true, PORTS(80));
    make_place(2, true, PORTS());
    struct port_check *pc = new_check("10.1.0.1:80 10.1.0.2:80",
                                      PORT_CHECK_UNOWNED_ANYWHERE);
    add(pc, 1, false);
    add(pc, 2, false);
    assert_int_equal(port_check_run(pc), PORT_CHECK_PENDING);
    assert_string_equal(port_check_why(pc), "nothing listens on TCP port 80 in"
                        " the network namespace of place 2 yet");

    /* And then it does. */
    make_place(2, true, PORTS(80));
    for (int i = 0; i < 200 && port_check_run(pc) == PORT_CHECK_PENDING; i++) {
        port_check_wait(pc);
        poll_block();
    }
    assert_int_equal(first_look(pc), PORT_CHECK_OPEN);
}

static void
backends_without_a_port_are_not_checked(void **state OVS_UNUSED)
{
    make_place(1, true, PORTS());
    struct port_check *pc = new_check("10.1.0.1 garbage fd00::1",
                                      PORT_CHECK_UNOWNED_ANYWHERE);
    add(pc, 1, false);
    assert_int_equal(first_look(pc), PORT_CHECK_OPEN);
}

static void
unowned_backends_want_a_place_each(void **state OVS_UNUSED)
{
    static const struct {
        const char *backends;
        enum port_check_result anywhere;
    } cases[] = {
        { "10.5.0.1:80", PORT_CHECK_OPEN },
        { "10.5.0.1:81", PORT_CHECK_OPEN },
        { "10.5.0.1:80 10.5.0.2:81", PORT_CHECK_OPEN },
        { "10.5.0.1:80 10.5.0.2:80", PORT_CHECK_PENDING },
        { "10.5.0.1:99 10.5.0.2:99 10.5.0.3:99", PORT_CHECK_OPEN },
        { "10.5.0.1:82", PORT_CHECK_PENDING },
    };

    make_place(1, false, PORTS(80, 99));
    make_place(2, false, PORTS(81, 99));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct port_check *pc = new_check(cases[i].backends,
                                          PORT_CHECK_UNOWNED_ANYWHERE);
        add(pc, 1, false);
        add(pc, 2, false);
        if (first_look(pc) != cases[i].anywhere) {
            fail_msg("case \"%s\"", cases[i].backends);
        }
        pc = new_check(cases[i].backends, PORT_CHECK_UNOWNED_IGNORED);
        add(pc, 1, false);
        add(pc, 2, false);
        assert_int_equal(first_look(pc), PORT_CHECK_OPEN);
    }
}

static void
trusted_places_are_believed(void **state OVS_UNUSED)
{
    make_place(1, true, PORTS());
    make_place(2, true, PORTS(80));
    struct port_check *pc = new_check("10.1.0.1:80 10.1.0.2:80",
                                      PORT_CHECK_UNOWNED_ANYWHERE);
    add(pc, 1, true);
    add(pc, 2, false);
    assert_int_equal(first_look(pc), PORT_CHECK_OPEN);

    /* Even if they cannot be seen. */
    pc = new_check("10.1.0.1:80", PORT_CHECK_UNOWNED_ANYWHERE);
    assert_int_equal(port_check_add(pc, dir, 12345, "x", false), ENOENT);
    assert_int_equal(port_check_add(pc, dir, 12345, "x", true), 0);
    assert_int_equal(first_look(pc), PORT_CHECK_OPEN);
}

static void
without_places_all_is_well(void **state OVS_UNUSED)
{
    assert_int_equal(first_look(new_check("10.1.0.1:80",
                                          PORT_CHECK_UNOWNED_IGNORED)),
                     PORT_CHECK_OPEN);
    port_check_free(NULL);
}

static void
watching_ends_after_a_while(void **state OVS_UNUSED)
{
    make_place(1, true, PORTS());
    struct port_check *pc = new_check("10.1.0.1:80",
                                      PORT_CHECK_UNOWNED_ANYWHERE);
    add(pc, 1, false);
    long long int start_ms = time_msec();
    int n = 0;
    while (port_check_run(pc) == PORT_CHECK_PENDING) {
        port_check_wait(pc);
        poll_block();
        n++;
    }
    assert_int_equal(port_check_run(pc), PORT_CHECK_CLOSED);
    assert_true(time_msec() - start_ms >= PORT_CHECK_WATCH_MS);
    assert_true(time_msec() - start_ms < UNIT_PATIENCE_MS);
    assert_true(n < 80); /* It does not spin. */
    port_check_free(pc);
}

static void
a_place_that_is_gone_ends_it(void **state OVS_UNUSED)
{
    make_place(1, true, PORTS());
    struct port_check *pc = new_check("10.1.0.1:80",
                                      PORT_CHECK_UNOWNED_ANYWHERE);
    add(pc, 1, false);
    assert_int_equal(port_check_run(pc), PORT_CHECK_PENDING);
    char *command = xasprintf("rm -r %s/1", dir);
    assert_int_equal(system(command), 0);
    free(command);
    port_check_wait(pc);
    poll_block();
    assert_int_equal(port_check_run(pc), PORT_CHECK_CLOSED);
    assert_string_equal(port_check_why(pc), "place 1 has ended again");
    port_check_free(pc);
}

static int
make_dir(void **state OVS_UNUSED)
{
    return mkdtemp(dir) ? 0 : -1;
}

static int
remove_dir(void **state OVS_UNUSED)
{
    char *command = xasprintf("rm -rf %s", dir);
    int retval = system(command);

    free(command);
    return retval;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_backends_must_be_listened_for),
        cmocka_unit_test(backends_without_a_port_are_not_checked),
        cmocka_unit_test(unowned_backends_want_a_place_each),
        cmocka_unit_test(trusted_places_are_believed),
        cmocka_unit_test(without_places_all_is_well),
        cmocka_unit_test(watching_ends_after_a_while),
        cmocka_unit_test(a_place_that_is_gone_ends_it),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
