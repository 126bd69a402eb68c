/* Metadata of trigger_event packets, and rows of Controller_Event. */

#include "fuzz.h"

#include "event.h"

/* An event that was accepted must survive being written to a row. */
static void
check_event(const struct event *event)
{
    struct smap info = SMAP_INITIALIZER(&info);
    struct event clone, again;

    event_to_info(event, &info);
    ovs_assert(event_from_info(event_kind_name(event->kind), &info, "row",
                               &again, NULL));
    ovs_assert(event_equals(event, &again));
    event_clone(&clone, &again);
    event_uninit(&again);
    ovs_assert(event_hash(event) == event_hash(&clone));
    event_uninit(&clone);
    smap_destroy(&info);
}

/* The input as texts that end with a newline each: event type, VIP, protocol
 * and load balancer, as many as there are. */
static void
fuzz_info(const uint8_t *data, size_t size)
{
    static const char *const keys[] = { "vip", "protocol", "load_balancer" };
    struct smap info = SMAP_INITIALIZER(&info);
    struct diag diag = DIAG_INITIALIZER;
    char *copy = xmemdup0((const char *) data, size);
    char *rest = copy;
    struct event event;

    const char *type = strsep(&rest, "\n");
    for (size_t i = 0; i < ARRAY_SIZE(keys) && rest; i++) {
        smap_add(&info, keys[i], strsep(&rest, "\n"));
    }
    if (event_from_info(type, &info, "row", &event, &diag)) {
        ovs_assert(diag_is_empty(&diag));
        check_event(&event);
        event_uninit(&event);
    } else {
        struct ds ds = DS_EMPTY_INITIALIZER;
        ovs_assert(!diag_is_empty(&diag));
        diag_format(&diag, &ds);
        ds_destroy(&ds);
    }
    diag_uninit(&diag);
    smap_destroy(&info);
    free(copy);
}

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv)
{
    fuzz_init(*argv);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event event;

    if (!event_from_userdata(data, size, &event)) {
        check_event(&event);
        event_uninit(&event);
    }
    fuzz_info(data, size);
    return 0;
}
