#include "waker_private.h"

void
slots_init(struct slots *slots, size_t max)
{
    slots->max = max;
    slots->used = 0;
    ovs_list_init(&slots->queue);
}

/* Strictly in order: who queues is served before who comes. */
bool
slots_ask(struct slots *slots, struct wake *wake)
{
    if (wake->slots != slots) {
        slots_release(wake);
        wake->slots = slots;
        ovs_list_push_back(&slots->queue, &wake->slot_node);
    }
    while (slots->used < slots->max && !ovs_list_is_empty(&slots->queue)) {
        struct ovs_list *first = ovs_list_pop_front(&slots->queue);

        /* Not in a list: it holds one. */
        ovs_list_init(first);
        slots->used++;
    }
    return ovs_list_is_empty(&wake->slot_node);
}

void
slots_release(struct wake *wake)
{
    struct slots *slots = wake->slots;

    if (slots) {
        if (ovs_list_is_empty(&wake->slot_node)) {
            slots->used--;
        } else {
            ovs_list_remove(&wake->slot_node);
            ovs_list_init(&wake->slot_node);
        }
        wake->slots = NULL;
        if (!ovs_list_is_empty(&slots->queue)) {
            poll_immediate_wake();
        }
    }
}
