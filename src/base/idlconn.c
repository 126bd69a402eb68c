#include "idlconn.h"

/* A server on the same machine that has gone closes its socket; probing it
 * would only cut off a busy one. */
static bool
needs_probe(const char *remote)
{
    return strstr(remote, "tcp:") || strstr(remote, "ssl:");
}

static void
set_probe(struct idlconn *conn)
{
    if (needs_probe(conn->remote)) {
        ovsdb_idl_set_probe_interval(conn->idl, IDLCONN_PROBE_MS);
    }
}

void
idlconn_open(struct idlconn *conn, const char *remote,
             const struct ovsdb_idl_class *class, bool leader_only)
{
    *conn = (struct idlconn) {
        .idl = ovsdb_idl_create(remote, class, false, true),
        .remote = xstrdup(remote),
        .renew_after_ms = IDLCONN_RENEW_MIN_MS,
        .renew_at_ms = time_msec() + IDLCONN_RENEW_MIN_MS,
    };
    ovsdb_idl_set_leader_only(conn->idl, leader_only);
    set_probe(conn);
}

void
idlconn_close(struct idlconn *conn)
{
    if (conn->txn) {
        ovsdb_idl_txn_destroy(conn->txn);
    }
    ovsdb_idl_destroy(conn->idl);
    free(conn->remote);
    *conn = (struct idlconn) { .idl = NULL };
}

/* A session backs off, up to 8 seconds, and a member of a cluster that is not
 * the leader counts as a failure, too: after an election that is long.  A new
 * session tries each member at once.  The IDL makes a new one only for another
 * text, hence the blank that means nothing. */
static void
renew_session(struct idlconn *conn)
{
    char *remote = xasprintf("%s%s", conn->renewed ? "" : " ", conn->remote);

    ovsdb_idl_set_remote(conn->idl, remote, true);
    free(remote);
    set_probe(conn);
    conn->renewed = !conn->renewed;
    conn->renew_after_ms = MIN(conn->renew_after_ms * 2,
                               IDLCONN_RENEW_MAX_MS);
    conn->renew_at_ms = time_msec() + conn->renew_after_ms;
}

void
idlconn_run(struct idlconn *conn)
{
    unsigned int seqno;

    if (!ovsdb_idl_is_connected(conn->idl)
        && time_msec() >= conn->renew_at_ms) {
        renew_session(conn);
    }
    ovsdb_idl_run(conn->idl);
    seqno = ovsdb_idl_get_seqno(conn->idl);
    if (!ovsdb_idl_is_connected(conn->idl)) {
        conn->fresh = false;
        conn->stale_seqno = seqno;
        return;
    }
    conn->renew_after_ms = IDLCONN_RENEW_MIN_MS;
    conn->renew_at_ms = time_msec() + IDLCONN_RENEW_MIN_MS;
    if (!conn->fresh && seqno != conn->stale_seqno) {
        conn->fresh = true;
        conn->generation++;
    }
}

void
idlconn_wait(struct idlconn *conn)
{
    ovsdb_idl_wait(conn->idl);
    if (conn->txn) {
        ovsdb_idl_txn_wait(conn->txn);
    } else if (conn->delayed && conn->fresh) {
        poll_timer_wait_until(conn->retry_at_ms);
    }
    if (!ovsdb_idl_is_connected(conn->idl)) {
        poll_timer_wait_until(conn->renew_at_ms);
    }
}

bool
idlconn_is_connected(const struct idlconn *conn)
{
    return conn->fresh;
}

unsigned int
idlconn_generation(const struct idlconn *conn)
{
    return conn->generation;
}

enum idlconn_result
idlconn_result(struct idlconn *conn, char **error, int64_t *increment)
{
    enum ovsdb_idl_txn_status status;

    *error = NULL;
    if (!conn->txn) {
        return IDLCONN_IDLE;
    }
    status = ovsdb_idl_txn_commit(conn->txn);
    if (status == TXN_INCOMPLETE) {
        return IDLCONN_PENDING;
    }
    if (status == TXN_SUCCESS && increment) {
        *increment = ovsdb_idl_txn_get_increment_new_value(conn->txn);
    }
    if (status == TXN_ERROR) {
        *error = xstrdup(ovsdb_idl_txn_get_error(conn->txn));
    }
    ovsdb_idl_txn_destroy(conn->txn);
    conn->txn = NULL;
    if (status == TXN_SUCCESS || status == TXN_UNCHANGED) {
        return IDLCONN_COMMITTED;
    }
    conn->delayed = true;
    conn->retry_at_ms = time_msec() + IDLCONN_RETRY_MS;
    return status == TXN_ERROR ? IDLCONN_REFUSED : IDLCONN_AGAIN;
}

/* After "try again" the replica is known to be stale: there is no point in
 * trying before it has changed, unless that takes suspiciously long.  A
 * refusal is not answered by the same thing in a loop. */
static bool
is_delayed(struct idlconn *conn)
{
    if (conn->delayed
        && (ovsdb_idl_get_seqno(conn->idl) != conn->seqno
            || time_msec() >= conn->retry_at_ms)) {
        conn->delayed = false;
    }
    return conn->delayed;
}

struct ovsdb_idl_txn *
idlconn_begin(struct idlconn *conn)
{
    if (conn->txn || is_delayed(conn) || !conn->fresh) {
        return NULL;
    }
    conn->txn = ovsdb_idl_txn_create(conn->idl);
    conn->seqno = ovsdb_idl_get_seqno(conn->idl);
    ovsdb_idl_txn_add_comment(conn->txn, "%s", program_name);
    return conn->txn;
}

void
idlconn_commit(struct idlconn *conn)
{
    ovsdb_idl_txn_commit(conn->txn);
}
