/* Packets that did not wake their service: counted, and shown in its row.
 *
 * Not each of them, for anybody can send many: all that have come are written
 * together, and then none for WRITE_MS. */

#include "cleanup.h"
#include "timefmt.h"
#include "waker_private.h"

#define WRITE_MS 5000

static struct wake_refused *
get_refused(struct wake *wake)
{
    if (!wake->refused) {
        wake->refused = xzalloc(sizeof *wake->refused);
        wake->refused->wake = wake;
        ovs_list_init(&wake->refused->node);
    }
    return wake->refused;
}

void
wake_refused_init(struct wake *wake, const struct nb_service *svc)
{
    if (svc->refused) {
        refusals_add_text(get_refused(wake)->n, svc->refused);
    }
}

void
wake_refused_uninit(struct wake *wake)
{
    if (wake->refused) {
        ovs_list_remove(&wake->refused->node);
        free(wake->refused->last);
        free(wake->refused);
    }
}

static const char *
last_reason(const uint64_t n[N_REFUSALS])
{
    for (size_t i = N_REFUSALS; i-- > 1; ) {
        if (n[i]) {
            return refusal_name(i);
        }
    }
    return refusal_name(REFUSAL_NONE);
}

void
wake_refused_add(struct wake *wake, const uint64_t n[N_REFUSALS],
                 const char *source)
{
    char *now OWNED_STRING = timefmt_rfc3339(time_wall_msec());

    if (!refusals_sum(n)) {
        return;
    }

    struct wake_refused *refused = get_refused(wake);
    for (size_t i = 1; i < N_REFUSALS; i++) {
        refused->n[i] += n[i];
        wake->waker->refused_total[i] += n[i];
    }
    free(refused->last);
    refused->last = xasprintf("%s %s %s", now, source ? source : "-",
                              last_reason(n));
    if (ovs_list_is_empty(&refused->node)) {
        ovs_list_push_back(&wake->waker->refused, &refused->node);
    }
}

void
waker_refused(struct waker *waker, const struct uuid *lb,
              const uint64_t n[N_REFUSALS], const char *source)
{
    struct wake *wake = wake_find(waker, lb);

    if (wake) {
        wake_refused_add(wake, n, source);
    }
}

static void
write_refused(const struct wake_refused *refused)
{
    char *text OWNED_STRING = refusals_format(refused->n);
    struct nb *nb = refused->wake->waker->nb;

    nb_ticket_forget(nb, nb_write(nb, &(struct nb_change) {
        .kind = NB_SET_REFUSED,
        .service = refused->wake->uuid,
        .refused = text,
        .refused_last = refused->last,
    }));
}

void
waker_refused_run(struct waker *waker)
{
    struct wake_refused *refused;

    if (ovs_list_is_empty(&waker->refused)
        || time_msec() < waker->refused_ms) {
        return;
    }
    waker->refused_ms = time_msec() + WRITE_MS;
    LIST_FOR_EACH_SAFE (refused, node, &waker->refused) {
        ovs_list_remove(&refused->node);
        ovs_list_init(&refused->node);
        write_refused(refused);
    }
}

void
waker_refused_wait(const struct waker *waker)
{
    if (!ovs_list_is_empty(&waker->refused)) {
        poll_timer_wait_until(waker->refused_ms);
    }
}
