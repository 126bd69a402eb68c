/* Writes Controller_Event; policies and activities in transactions of their
 * own. */

#include "sb.h"

#include "sb_private.h"

VLOG_DEFINE_THIS_MODULE(sb_write);

#define BATCH_MAX 4096

/* After a refusal, which only another configuration of the database ends. */
#define NOTES_RETRY_MS 5000

void
sb_writer_init(struct sb_writer *w)
{
    hmap_init(&w->ops);
    ovs_list_init(&w->queue);
    ovs_list_init(&w->sent);
    ovs_list_init(&w->news);
    w->batch = BATCH_MAX;
}

static void
op_free(struct sb_writer *w, struct sb_op *op)
{
    hmap_remove(&w->ops, &op->by_key);
    ovs_list_remove(&op->node);
    ovs_list_remove(&op->news_node);
    if (op->kind == SB_OP_INSERT) {
        event_uninit(&op->event);
    }
    smap_destroy(&op->keys);
    free(op);
}

void
sb_writer_uninit(struct sb_writer *w)
{
    struct sb_op *op;

    HMAP_FOR_EACH_SAFE (op, by_key, &w->ops) {
        op_free(w, op);
    }
    hmap_destroy(&w->ops);
}

/* --- What each operation does. --- */

static bool
is_refused(const struct smap *keys)
{
    return smap_get_node(keys, SB_EVENT_REFUSED) != NULL;
}

static bool
has_row(const struct sb *sb, const struct event *event,
        const struct smap *keys)
{
    if (is_refused(keys)) {
        return false;
    }
    return smap_get_node(keys, SB_EVENT_ADMITTED)
           ? sb_event_find_admitted(sb, event) != NULL
           : sb_event_find(sb, event) != NULL;
}

static void
insert_event(struct sb *sb, const struct event *event,
             const struct smap *keys, struct ovsdb_idl_txn *txn)
{
    const struct sbrec_chassis *chassis = NULL;
    struct sbrec_controller_event *row;
    struct smap info;

    if (has_row(sb, event, keys)) {
        return;
    }
    if (sb->chassis) {
        SBREC_CHASSIS_FOR_EACH (chassis, sb->conn.idl) {
            if (!strcmp(chassis->name, sb->chassis)) {
                break;
            }
        }
    }
    row = sbrec_controller_event_insert(txn);
    smap_clone(&info, keys);
    event_to_info(event, &info);
    sbrec_controller_event_set_event_type(row, event_kind_name(event->kind));
    sbrec_controller_event_set_event_info(row, &info);
    sbrec_controller_event_set_seq_num(row, ++sb->max_seq_num);
    if (chassis) {
        sbrec_controller_event_set_chassis(row, chassis);
    }
    smap_destroy(&info);
}

static struct sb_op *
find_row_op(const struct sb *sb, enum sb_op_kind kind, const struct uuid *row)
{
    struct sb_op *op;

    HMAP_FOR_EACH_WITH_HASH (op, by_key, hash_int(kind, uuid_hash(row)),
                             &sb->writer.ops) {
        if (op->kind == kind && uuid_equals(&op->row, row)) {
            return op;
        }
    }
    return NULL;
}

static void
apply(struct sb *sb, const struct sb_op *op, struct ovsdb_idl_txn *txn)
{
    const struct sbrec_controller_event *row = NULL;
    const struct smap_node *node;

    if (op->kind == SB_OP_INSERT) {
        insert_event(sb, &op->event, &op->keys, txn);
        return;
    }
    row = sbrec_controller_event_get_for_uuid(sb->conn.idl, &op->row);
    if (!row) {
        return;
    }
    if (op->kind == SB_OP_DELETE) {
        sbrec_controller_event_delete(row);
    } else if (!find_row_op(sb, SB_OP_DELETE, &op->row)) {
        SMAP_FOR_EACH (node, &op->keys) {
            const char *old = smap_get(&row->event_info, node->key);

            if (!old || strcmp(old, node->value)) {
                sbrec_controller_event_update_event_info_setkey(
                    row, node->key, node->value);
            }
        }
    }
}

/* --- The queue. --- */

/* Back to the front of the queue, in the old order. */
static void
requeue_sent(struct sb_writer *w)
{
    ovs_list_splice(w->queue.next, w->sent.next, &w->sent);
}

static void
finish_sent(struct sb_writer *w)
{
    struct sb_op *op;

    LIST_FOR_EACH_SAFE (op, node, &w->sent) {
        op_free(w, op);
    }
}

static void
take_refusal(struct sb_writer *w, const char *error)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
    size_t n = ovs_list_size(&w->sent);

    if (w->sent_notes) {
        VLOG_WARN_RL(&rl, "the Southbound database refused a change of "
                     "SB_Global or Chassis_Private: external_ids: %s", error);
        w->notes_after_ms = time_msec() + NOTES_RETRY_MS;
        return;
    }
    VLOG_WARN_RL(&rl, "the Southbound database refused %"PRIuSIZE
                 " change(s) of Controller_Event: %s", n, error);
    if (n > 1) {
        w->batch = n / 2;
        requeue_sent(w);
    } else {
        finish_sent(w);
    }
}

void
sb_writer_run(struct sb *sb)
{
    struct sb_writer *w = &sb->writer;
    char *error;

    switch (idlconn_result(&sb->conn, &error, NULL)) {
    case IDLCONN_IDLE:
    case IDLCONN_PENDING:
        break;
    case IDLCONN_COMMITTED:
        w->batch = MIN(w->batch * 2, BATCH_MAX);
        finish_sent(w);
        break;
    case IDLCONN_AGAIN:
        requeue_sent(w);
        break;
    case IDLCONN_REFUSED:
        take_refusal(w, error);
        break;
    }
    free(error);
}

/* Looks at both: each forgets to be dirty if there is no difference. */
static bool
notes_are_dirty(struct sb *sb)
{
    bool policies = sb_policies_are_dirty(&sb->policies, sb->conn.idl);
    bool activities = sb_activities_are_dirty(&sb->activities, sb->chassis);

    return policies || activities;
}

/* What differs is found anew until the rows are as they should be: there is no
 * queue. */
static void
write_notes(struct sb *sb)
{
    sb->writer.sent_notes = true;
    sb_policies_write(&sb->policies, sb->conn.idl);
    sb_activities_write(&sb->activities, sb->chassis);
    idlconn_commit(&sb->conn);
}

void
sb_writer_flush(struct sb *sb)
{
    struct sb_writer *w = &sb->writer;
    struct ovsdb_idl_txn *txn;
    struct sb_op *op;
    bool notes = false;
    size_t n = 0;

    if (time_msec() >= w->notes_after_ms) {
        notes = notes_are_dirty(sb);
    } else {
        poll_timer_wait_until(w->notes_after_ms);
    }
    if (!notes && ovs_list_is_empty(&w->queue)) {
        return;
    }
    txn = idlconn_begin(&sb->conn);
    if (!txn) {
        return;
    }
    if (notes && (ovs_list_is_empty(&w->queue) || !w->sent_notes)) {
        write_notes(sb);
        return;
    }
    w->sent_notes = false;
    LIST_FOR_EACH_SAFE (op, node, &w->queue) {
        if (n++ >= w->batch) {
            break;
        }
        apply(sb, op, txn);
        ovs_list_remove(&op->node);
        ovs_list_push_back(&w->sent, &op->node);
    }
    idlconn_commit(&sb->conn);
}

static struct sb_op *
add_op(struct sb *sb, enum sb_op_kind kind, uint32_t hash)
{
    struct sb_op *op = xzalloc(sizeof *op);

    op->kind = kind;
    ovs_list_init(&op->news_node);
    smap_init(&op->keys);
    hmap_insert(&sb->writer.ops, &op->by_key, hash);
    ovs_list_push_back(&sb->writer.queue, &op->node);
    return op;
}

static uint32_t
insert_hash(const struct event *event)
{
    return hash_int(SB_OP_INSERT, event_hash(event));
}

bool
sb_event_is_pending(const struct sb *sb, const struct event *event,
                    bool refused)
{
    const struct sb_op *op;

    HMAP_FOR_EACH_WITH_HASH (op, by_key, insert_hash(event),
                             &sb->writer.ops) {
        if (op->kind == SB_OP_INSERT && event_equals(&op->event, event)
            && is_refused(&op->keys) == refused) {
            return true;
        }
    }
    return false;
}

void
sb_event_insert(struct sb *sb, const struct event *event,
                const struct smap *keys)
{
    if (!sb_event_is_pending(sb, event, keys && is_refused(keys))) {
        struct sb_op *op = add_op(sb, SB_OP_INSERT, insert_hash(event));

        event_clone(&op->event, event);
        if (keys) {
            smap_destroy(&op->keys);
            smap_clone(&op->keys, keys);
        }
        if (smap_get_node(&op->keys, SB_EVENT_ADMITTED)) {
            ovs_list_push_back(&sb->writer.news, &op->news_node);
        }
    }
}

const struct event *
sb_event_next_new(struct sb *sb, const struct smap **keys)
{
    if (ovs_list_is_empty(&sb->writer.news)) {
        return NULL;
    }
    struct sb_op *op = CONTAINER_OF(ovs_list_pop_front(&sb->writer.news),
                                    struct sb_op, news_node);
    ovs_list_init(&op->news_node);
    *keys = &op->keys;
    return &op->event;
}

void
sb_event_delete(struct sb *sb, const struct uuid *row)
{
    if (!find_row_op(sb, SB_OP_DELETE, row)) {
        add_op(sb, SB_OP_DELETE, hash_int(SB_OP_DELETE, uuid_hash(row)))->row
            = *row;
    }
}

void
sb_event_annotate(struct sb *sb, const struct uuid *row,
                  const struct smap *keys)
{
    struct sb_op *op = add_op(sb, SB_OP_ANNOTATE,
                              hash_int(SB_OP_ANNOTATE, uuid_hash(row)));

    op->row = *row;
    smap_destroy(&op->keys);
    smap_clone(&op->keys, keys);
}

bool
sb_event_is_annotated(const struct sb *sb, const struct uuid *row)
{
    return find_row_op(sb, SB_OP_ANNOTATE, row) != NULL;
}
