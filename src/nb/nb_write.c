/* The queue of changes to services, and the transactions that make them.  What
 * a change does to a row is in nb_change.c. */

#include "nb.h"

#include "nb_private.h"

VLOG_DEFINE_THIS_MODULE(nb_write);

/* Changes in a transaction.  The memory that one takes while it lasts leaves
 * holes between the rows that it makes, in the server and here: one of 4,096
 * changes costs the server of 10,000 services 18 MB for good. */
#define BATCH_MAX 256

void
nb_writer_init(struct nb_writer *w)
{
    hmap_init(&w->ops);
    hmap_init(&w->barriers);
    ovs_list_init(&w->queue);
    ovs_list_init(&w->sent);
    ovs_list_init(&w->news);
    w->batch = BATCH_MAX;
}

static void
op_free(struct nb_writer *w, struct nb_op *op)
{
    hmap_remove(&w->ops, &op->by_ticket);
    ovs_list_remove(&op->node);
    ovs_list_remove(&op->news_node);
    free(CONST_CAST(char *, op->change.error));
    free(CONST_CAST(char *, op->change.demand));
    free(CONST_CAST(char *, op->change.last_wake));
    free(CONST_CAST(char *, op->change.dry_saved));
    free(CONST_CAST(char *, op->change.refused));
    free(CONST_CAST(char *, op->change.refused_last));
    free(op->error);
    free(op);
}

static void
barrier_free(struct nb_writer *w, struct nb_barrier *barrier)
{
    hmap_remove(&w->barriers, &barrier->node);
    free(barrier);
}

void
nb_writer_uninit(struct nb_writer *w)
{
    struct nb_barrier *barrier;
    struct nb_op *op;

    HMAP_FOR_EACH_SAFE (op, by_ticket, &w->ops) {
        op_free(w, op);
    }
    hmap_destroy(&w->ops);
    HMAP_FOR_EACH_SAFE (barrier, node, &w->barriers) {
        barrier_free(w, barrier);
    }
    hmap_destroy(&w->barriers);
}

static void
op_done(struct nb_writer *w, struct nb_op *op, enum nb_ticket_status status,
        const char *error)
{
    op->status = status;
    op->error = nullable_xstrdup(error);
    ovs_list_remove(&op->node);
    ovs_list_init(&op->node);
    if (op->forgotten) {
        op_free(w, op);
    }
}

static void
finish_sent(struct nb_writer *w, enum nb_ticket_status status,
            const char *error)
{
    struct nb_op *op;

    LIST_FOR_EACH_SAFE (op, node, &w->sent) {
        op_done(w, op, status, error);
    }
}

static void
finish_barriers(struct nb_writer *w, bool committed, int64_t nb_cfg)
{
    struct nb_barrier *barrier;

    HMAP_FOR_EACH (barrier, node, &w->barriers) {
        if (barrier->step == BARRIER_SENT) {
            barrier->step = committed ? BARRIER_WAITING : BARRIER_WANTED;
            barrier->nb_cfg = nb_cfg;
        }
    }
}

/* Back to the front of the queue, in the old order. */
static void
requeue_sent(struct nb_writer *w)
{
    ovs_list_splice(w->queue.next, w->sent.next, &w->sent);
}

static void
take_answer(struct nb *nb)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
    struct nb_writer *w = &nb->writer;
    size_t n = ovs_list_size(&w->sent);
    int64_t nb_cfg = 0;
    char *error;

    switch (idlconn_result(nb->conn, &error, &nb_cfg)) {
    case IDLCONN_IDLE:
    case IDLCONN_PENDING:
        break;
    case IDLCONN_COMMITTED:
        w->batch = MIN(w->batch * 2, BATCH_MAX);
        finish_sent(w, NB_TICKET_COMMITTED, NULL);
        finish_barriers(w, true, nb_cfg);
        break;
    case IDLCONN_AGAIN:
        w->batch = MAX(MIN(w->batch, n) / 2, 1);
        requeue_sent(w);
        finish_barriers(w, false, 0);
        break;
    case IDLCONN_REFUSED:
        VLOG_WARN_RL(&rl, "the Northbound database refused %"PRIuSIZE
                     " change(s): %s", n, error);
        if (n > 1) {
            w->batch = n / 2;
            requeue_sent(w);
        } else {
            finish_sent(w, NB_TICKET_FAILED, error);
        }
        finish_barriers(w, false, 0);
        break;
    }
    free(error);
}

/* Whoever has the lock now decides anew, from the rows. */
static void
drop_all(struct nb_writer *w)
{
    struct nb_op *op;

    requeue_sent(w);
    LIST_FOR_EACH_SAFE (op, node, &w->queue) {
        op_done(w, op, NB_TICKET_FAILED,
                "the lock on the Northbound database was lost");
    }
}

void
nb_writer_run(struct nb *nb)
{
    struct nb_writer *w = &nb->writer;
    bool has_lock = nb_has_lock(nb);

    take_answer(nb);
    if (w->had_lock && !has_lock && nb->needs_lock) {
        drop_all(w);
    }
    w->had_lock = has_lock;
}

/* Within a transaction the replica still shows rows as they were before it:
 * of the changes of one row that read what each other writes, one at a time.
 * Bits, one for each group of such changes. */
static unsigned int
change_group(const struct nb_change *change)
{
    switch (change->kind) {
    case NB_TAKE_REQUEST:
        return 1;
    case NB_SET_DEMAND:
        return 2;
    case NB_SET_REFUSED:
        return 8;
    case NB_SET_LAST_WAKE:
        return 16;
    case NB_SET_DRY_RUN:
        return 32;
    case NB_SET_STATE:
    case NB_PUT_TO_SLEEP:
    case NB_RESTORE:
        break;
    }
    return 4;
}

struct touched {
    struct hmap_node node;
    struct uuid uuid;
    unsigned int groups; /* Of the changes made so far. */
    bool blocked;        /* Later changes wait, too: order is kept. */
};

static struct touched *
find_touched(const struct hmap *rows, const struct uuid *uuid)
{
    struct touched *t;

    HMAP_FOR_EACH_WITH_HASH (t, node, uuid_hash(uuid), rows) {
        if (uuid_equals(&t->uuid, uuid)) {
            return t;
        }
    }
    return NULL;
}

static bool
must_wait(struct hmap *rows, const struct nb_op *op)
{
    struct touched *t = find_touched(rows, &op->change.service);
    unsigned int group = change_group(&op->change);

    if (!t) {
        t = xzalloc(sizeof *t);
        t->uuid = op->change.service;
        hmap_insert(rows, &t->node, uuid_hash(&t->uuid));
    }
    t->blocked = t->blocked || t->groups & group;
    t->groups |= group;
    return t->blocked;
}

static void
apply_queue(struct nb *nb)
{
    struct nb_writer *w = &nb->writer;
    struct hmap rows = HMAP_INITIALIZER(&rows); /* Contains struct touched. */
    struct touched *t;
    struct nb_op *op;
    size_t n = 0;

    LIST_FOR_EACH_SAFE (op, node, &w->queue) {
        const struct nbrec_load_balancer *lb;

        if (n >= w->batch) {
            break;
        }
        if (must_wait(&rows, op)) {
            continue;
        }
        lb = nbrec_load_balancer_get_for_uuid(nb->conn->idl,
                                              &op->change.service);
        if (!lb) {
            op_done(w, op, NB_TICKET_GONE, NULL);
            continue;
        }
        nb_change_apply(&op->change, lb);
        ovs_list_remove(&op->node);
        ovs_list_push_back(&w->sent, &op->node);
        n++;
    }
    HMAP_FOR_EACH_POP (t, node, &rows) {
        free(t);
    }
    hmap_destroy(&rows);
}

/* A barrier confirms what is written before it: not while older changes are
 * still in the queue. */
static void
apply_barriers(struct nb *nb, struct ovsdb_idl_txn *txn)
{
    const struct nbrec_nb_global *global
        = nbrec_nb_global_first(nb->conn->idl);
    struct nb_writer *w = &nb->writer;
    struct nb_barrier *barrier;
    bool any = false;

    if (!global || !ovs_list_is_empty(&w->queue)) {
        return;
    }
    HMAP_FOR_EACH (barrier, node, &w->barriers) {
        if (barrier->step == BARRIER_WANTED) {
            barrier->step = BARRIER_SENT;
            any = true;
        }
    }
    if (any) {
        ovsdb_idl_txn_increment(txn, &global->header_,
                                &nbrec_nb_global_col_nb_cfg, true);
    }
}

static bool
has_wanted_barrier(const struct nb *nb)
{
    const struct nb_barrier *barrier;

    HMAP_FOR_EACH (barrier, node, &nb->writer.barriers) {
        if (barrier->step == BARRIER_WANTED) {
            return nbrec_nb_global_first(nb->conn->idl) != NULL;
        }
    }
    return false;
}

void
nb_writer_flush(struct nb *nb)
{
    struct nb_writer *w = &nb->writer;
    struct ovsdb_idl_txn *txn;

    if ((ovs_list_is_empty(&w->queue) && !has_wanted_barrier(nb))
        || !nb_has_lock(nb)) {
        return;
    }
    txn = idlconn_begin(nb->conn);
    if (txn) {
        apply_queue(nb);
        apply_barriers(nb, txn);
        idlconn_commit(nb->conn);
    }
}

uint64_t
nb_write(struct nb *nb, const struct nb_change *change)
{
    struct nb_writer *w = &nb->writer;
    struct nb_op *op = xzalloc(sizeof *op);

    op->ticket = ++w->last_id;
    op->change = *change;
    op->change.error = nullable_xstrdup(change->error);
    op->change.demand = nullable_xstrdup(change->demand);
    op->change.last_wake = nullable_xstrdup(change->last_wake);
    op->change.dry_saved = nullable_xstrdup(change->dry_saved);
    op->change.refused = nullable_xstrdup(change->refused);
    op->change.refused_last = nullable_xstrdup(change->refused_last);
    op->status = NB_TICKET_PENDING;
    hmap_insert(&w->ops, &op->by_ticket, hash_uint64(op->ticket));
    ovs_list_push_back(&w->queue, &op->node);
    ovs_list_init(&op->news_node);
    if (change->kind == NB_RESTORE && !change->keep_vips) {
        ovs_list_push_back(&w->news, &op->news_node);
    }
    return op->ticket;
}

uint64_t
nb_next_restore(struct nb *nb, struct uuid *service)
{
    struct nb_writer *w = &nb->writer;

    if (ovs_list_is_empty(&w->news)) {
        return 0;
    }
    struct nb_op *op = CONTAINER_OF(ovs_list_pop_front(&w->news),
                                    struct nb_op, news_node);
    ovs_list_init(&op->news_node);
    *service = op->change.service;
    return op->ticket;
}

static struct nb_op *
find_op(const struct nb *nb, uint64_t ticket)
{
    struct nb_op *op;

    HMAP_FOR_EACH_WITH_HASH (op, by_ticket, hash_uint64(ticket),
                             &nb->writer.ops) {
        if (op->ticket == ticket) {
            return op;
        }
    }
    return NULL;
}

enum nb_ticket_status
nb_ticket_status(const struct nb *nb, uint64_t ticket)
{
    const struct nb_op *op = find_op(nb, ticket);

    return op ? op->status : NB_TICKET_FAILED;
}

const char *
nb_ticket_error(const struct nb *nb, uint64_t ticket)
{
    const struct nb_op *op = find_op(nb, ticket);

    return op && op->error ? op->error : "";
}

void
nb_ticket_forget(struct nb *nb, uint64_t ticket)
{
    struct nb_op *op = find_op(nb, ticket);

    if (op && op->status == NB_TICKET_PENDING) {
        op->forgotten = true;
    } else if (op) {
        op_free(&nb->writer, op);
    }
}

uint64_t
nb_barrier_start(struct nb *nb)
{
    struct nb_barrier *barrier = xzalloc(sizeof *barrier);

    barrier->id = ++nb->writer.last_id;
    barrier->step = BARRIER_WANTED;
    hmap_insert(&nb->writer.barriers, &barrier->node,
                hash_uint64(barrier->id));
    return barrier->id;
}

static struct nb_barrier *
find_barrier(const struct nb *nb, uint64_t id)
{
    struct nb_barrier *barrier;

    HMAP_FOR_EACH_WITH_HASH (barrier, node, hash_uint64(id),
                             &nb->writer.barriers) {
        if (barrier->id == id) {
            return barrier;
        }
    }
    return NULL;
}

bool
nb_barrier_is_reached(const struct nb *nb, uint64_t id)
{
    const struct nb_barrier *barrier = find_barrier(nb, id);
    const struct nbrec_nb_global *global
        = nbrec_nb_global_first(nb->conn->idl);

    return barrier && barrier->step == BARRIER_WAITING && global
           && global->hv_cfg >= barrier->nb_cfg;
}

void
nb_barrier_forget(struct nb *nb, uint64_t id)
{
    struct nb_barrier *barrier = find_barrier(nb, id);

    if (barrier) {
        barrier_free(&nb->writer, barrier);
    }
}
