/* Drivers at work at the same time: so many, shared out among the sources of
 * the packets that woke their services.
 *
 * Sources take turns, and within one the wakes go in order.  One source never
 * has all of them: it gets another only while it has less than SHARE times of
 * what would be left, so that alone it has three in four at most, and whoever
 * comes next finds room.  Wakes that no source is known of (a request, a
 * chassis that does not say) are as of one source without that bound. */

#include "waker_private.h"

#define SHARE 3

/* Wakes of one source. */
struct slot_source {
    struct hmap_node node;  /* In struct slots' sources, by name. */
    struct ovs_list turn;   /* In struct slots' turns while some queue. */
    char *name;             /* "" for none. */
    struct ovs_list queue;  /* Contains struct wake, by slot_node. */
    size_t used;
};

void
slots_init(struct slots *slots, size_t max)
{
    slots->max = max;
    slots->used = 0;
    hmap_init(&slots->sources);
    ovs_list_init(&slots->turns);
}

void
slots_uninit(struct slots *slots)
{
    hmap_destroy(&slots->sources);
}

static struct slot_source *
source_ensure(struct slots *slots, const char *name)
{
    struct slot_source *source;

    HMAP_FOR_EACH_WITH_HASH (source, node, hash_string(name, 0),
                             &slots->sources) {
        if (!strcmp(source->name, name)) {
            return source;
        }
    }
    source = xzalloc(sizeof *source);
    source->name = xstrdup(name);
    ovs_list_init(&source->queue);
    ovs_list_init(&source->turn);
    hmap_insert(&slots->sources, &source->node, hash_string(name, 0));
    return source;
}

/* Sets its place among those whose turn will come, at the end. */
static void
source_update(struct slots *slots, struct slot_source *source)
{
    ovs_list_remove(&source->turn);
    ovs_list_init(&source->turn);
    if (!ovs_list_is_empty(&source->queue)) {
        ovs_list_push_back(&slots->turns, &source->turn);
    } else if (!source->used) {
        hmap_remove(&slots->sources, &source->node);
        free(source->name);
        free(source);
    }
}

static struct slot_source *
next_source(const struct slots *slots)
{
    struct slot_source *source;

    LIST_FOR_EACH (source, turn, &slots->turns) {
        if (!source->name[0]
            || source->used < SHARE * (slots->max - slots->used)) {
            return source;
        }
    }
    return NULL;
}

static void
hand_out(struct slots *slots)
{
    while (slots->used < slots->max) {
        struct slot_source *source = next_source(slots);

        if (!source) {
            break;
        }
        struct ovs_list *first = ovs_list_pop_front(&source->queue);
        /* Not in a list: it holds one. */
        ovs_list_init(first);
        source->used++;
        slots->used++;
        source_update(slots, source);
    }
}

bool
slots_ask(struct slots *slots, struct wake *wake)
{
    if (wake->slots != slots) {
        slots_release(wake);
        wake->slots = slots;
        wake->slot_source = source_ensure(slots,
                                          wake->source ? wake->source : "");
        ovs_list_push_back(&wake->slot_source->queue, &wake->slot_node);
        if (ovs_list_is_empty(&wake->slot_source->turn)) {
            ovs_list_push_back(&slots->turns, &wake->slot_source->turn);
        }
    }
    hand_out(slots);
    return ovs_list_is_empty(&wake->slot_node);
}

void
slots_release(struct wake *wake)
{
    struct slots *slots = wake->slots;

    if (!slots) {
        return;
    }
    if (ovs_list_is_empty(&wake->slot_node)) {
        slots->used--;
        wake->slot_source->used--;
    } else {
        ovs_list_remove(&wake->slot_node);
        ovs_list_init(&wake->slot_node);
    }
    if (ovs_list_is_empty(&wake->slot_source->queue)) {
        source_update(slots, wake->slot_source);
    }
    wake->slot_source = NULL;
    wake->slots = NULL;
    if (!ovs_list_is_empty(&slots->turns)) {
        poll_immediate_wake();
    }
}

void
slots_set_max(struct slots *slots, size_t max)
{
    if (slots->max == MAX(max, 1)) {
        return;
    }
    slots->max = MAX(max, 1);
    if (!ovs_list_is_empty(&slots->turns)) {
        poll_immediate_wake();
    }
}
