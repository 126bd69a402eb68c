#include "rest.h"

#include <malloc.h>

/* To look for what can be given back takes some milliseconds. */
#define TRIM_MIN (4 * 1024 * 1024)

void
rest_note_change(struct rest *rest, long long now_ms)
{
    rest->due_ms = now_ms + REST_AFTER_MS;
}

static void
trim(struct rest *rest)
{
    size_t used = mallinfo2().uordblks;
    size_t change = used > rest->used ? used - rest->used : rest->used - used;

    if (change >= TRIM_MIN && change >= rest->used / 4) {
        malloc_trim(0);
        rest->used = used;
    }
}

bool
rest_run(struct rest *rest, long long now_ms)
{
    if (!rest->due_ms || now_ms < rest->due_ms) {
        return false;
    }
    rest->due_ms = 0;
    trim(rest);
    return true;
}

void
rest_wait(const struct rest *rest)
{
    if (rest->due_ms) {
        poll_timer_wait_until(rest->due_ms);
    }
}
