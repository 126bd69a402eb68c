#include "nworld.h"

#include "cleanup.h"
#include "unit.h"

struct north *
nworld_start(struct nworld *w)
{
    return north_new(&(struct north_config) {
        .nb_remote = w->nb.remote, .sb_remote = w->sb.remote,
    });
}

int
nworld_set_up(void **state)
{
    struct nworld *w = xzalloc(sizeof *w);

    private_db_start(&w->nb, "ovn-nb");
    private_db_start(&w->sb, "ovn-sb");
    w->north = nworld_start(w);
    *state = w;
    return 0;
}

int
nworld_tear_down(void **state)
{
    struct nworld *w = *state;

    north_free(w->north);
    private_db_stop(&w->nb);
    private_db_stop(&w->sb);
    free(w);
    return 0;
}

void
nworld_nb(struct nworld *w, const char *operations)
{
    char *answer OWNED_STRING = private_db_transact(&w->nb, "OVN_Northbound",
                                                    operations);

    assert_case(!strstr(answer, "error"), "%s: %s", operations, answer);
}

char *
nworld_sb(struct nworld *w, const char *operations)
{
    char *answer = private_db_transact(&w->sb, "OVN_Southbound", operations);

    assert_case(!strstr(answer, "error"), "%s: %s", operations, answer);
    return answer;
}

void
nworld_turn(struct nworld *w, long long deadline)
{
    if (w->shared) {
        idlconn_run(w->shared);
        idlconn_wait(w->shared);
    }
    north_run(w->north);
    north_wait(w->north);
    poll_timer_wait_until(deadline);
    poll_block();
}

void
nworld_catch_up(struct nworld *w)
{
    static int cfg;
    char *operations OWNED_STRING = xasprintf(
        "{\"op\":\"update\",\"table\":\"NB_Global\",\"where\":[],"
        "\"row\":{\"nb_cfg\":%d}}", ++cfg);
    char *wanted OWNED_STRING = xasprintf("\"sb_cfg\":%d", cfg);
    long long deadline = time_msec() + UNIT_PATIENCE_MS;

    nworld_nb(w, operations);
    for (;;) {
        char *answer OWNED_STRING = private_db_transact(
            &w->nb, "OVN_Northbound",
            "{\"op\":\"select\",\"table\":\"NB_Global\",\"where\":[],"
            "\"columns\":[\"sb_cfg\"]}");

        if (strstr(answer, wanted)) {
            return;
        }
        assert_case(time_msec() < deadline, "%s, not %s", answer, wanted);
        nworld_turn(w, time_msec() + 20);
    }
}

char *
nworld_uuids(struct nworld *w, const char *table)
{
    char *operation OWNED_STRING = xasprintf(
        "{\"op\":\"select\",\"table\":\"%s\",\"where\":[],"
        "\"columns\":[\"_uuid\"]}", table);
    char *answer OWNED_STRING = nworld_sb(w, operation);
    struct svec uuids = SVEC_EMPTY_INITIALIZER;
    char *save = NULL;

    for (char *word = strtok_r(answer, "[]{},:\"", &save); word;
         word = strtok_r(NULL, "[]{},:\"", &save)) {
        if (strlen(word) == UUID_LEN) {
            svec_add(&uuids, word);
        }
    }
    assert_true(uuids.n > 0);
    svec_sort(&uuids);
    char *joined = svec_join(&uuids, " ", "");
    svec_destroy(&uuids);
    return joined;
}
