/* What becomes of packets, and telling the observer. */

#include "pipe_private.h"

void
pipe_verdict_init(struct pipe_verdict *v)
{
    memset(v, 0, sizeof *v);
    flow_wildcards_init_catchall(&v->wc);
}

static void
event_free(struct pipe_event *event)
{
    if (event) {
        smap_destroy(&event->args);
        free(event->name);
        free(event->meter);
        free(event);
    }
}

void
pipe_verdict_uninit(struct pipe_verdict *v)
{
    for (size_t i = 0; i < v->n; i++) {
        dp_packet_delete(v->effects[i].packet);
        event_free(v->effects[i].event);
    }
    free(v->effects);
}

struct dp_packet *
pipe_effect_steal_packet(struct pipe_effect *effect)
{
    struct dp_packet *packet = effect->packet;

    effect->packet = NULL;
    return packet;
}

struct pipe_effect *
pipe_add_effect(struct pipe_state *s, enum pipe_effect_type type)
{
    struct pipe_verdict *v = s->run->verdict;

    if (v->n >= v->allocated) {
        v->effects = x2nrealloc(v->effects, &v->allocated,
                                sizeof *v->effects);
    }

    struct pipe_effect *effect = &v->effects[v->n++];
    *effect = (struct pipe_effect) { .type = type, .flow = s->lflow };
    /* These happen by the way: the packet still needs an end. */
    if (type != EFFECT_MAC && type != EFFECT_FDB && type != EFFECT_LOG
        && type != EFFECT_BIND) {
        s->handled = true;
    }
    return effect;
}

void
pipe_drop(struct pipe_state *s, enum drop_reason reason)
{
    const struct pipe_observer *observer = s->run->observer;

    if (observer && observer->drop) {
        observer->drop(observer->aux, reason);
    }
    pipe_add_effect(s, EFFECT_DROP)->reason = reason;
    s->halted = true;
}

struct pipe_event *
pipe_event_new(const char *name)
{
    struct pipe_event *event = xzalloc(sizeof *event);

    event->name = xstrdup(name);
    smap_init(&event->args);
    return event;
}

struct pipe_event *
pipe_event_from_args(const struct lact_args *args, const char *name)
{
    struct pipe_event *event = pipe_event_new(name);

    for (size_t i = 0; i < args->n; i++) {
        const char *key = args->args[i].key;
        const char *text = lact_args_text(args, key);

        if (!text || !strcmp(key, "event")) {
            continue;
        }
        if (!strcmp(key, "meter")) {
            free(event->meter);
            event->meter = xstrdup(text);
        } else {
            smap_replace(&event->args, key, text);
        }
    }
    return event;
}

void
pipe_punt(struct pipe_state *s, const char *service,
          const struct net_port *port)
{
    pipe_flush(s);

    struct pipe_effect *effect = pipe_add_effect(s, EFFECT_PUNT);
    effect->port = port;
    effect->packet = dp_packet_clone(s->packet);
    effect->event = pipe_event_new(service);
}

void
pipe_note(struct pipe_state *s, const struct lact *lact, const char *note,
          ...)
{
    const struct pipe_observer *observer = s->run->observer;

    if (!observer || !observer->act) {
        return;
    }

    char *text = NULL;
    if (note) {
        va_list args;

        va_start(args, note);
        text = xvasprintf(note, args);
        va_end(args);
    }
    observer->act(observer->aux, lact, text, &s->flow);
    free(text);
}

void
pipe_note_value(struct pipe_state *s, const struct lact *lact,
                const struct lfield *field)
{
    if (s->run->observer) {
        ovs_u128 v = lfield_read(field, &s->flow);

        if (v.u64.hi) {
            pipe_note(s, lact, "0x%"PRIx64"%016"PRIx64, v.u64.hi, v.u64.lo);
        } else {
            pipe_note(s, lact, "0x%"PRIx64, v.u64.lo);
        }
    }
}

void
pipe_store_bit(struct pipe_state *s, const struct lact *lact, bool bit)
{
    const struct lact_valued *valued = (const struct lact_valued *) lact;

    pipe_write(s, &valued->result, (ovs_u128) { .u64 = { .lo = bit } });
    pipe_note(s, lact, bit ? "1" : "0");
}
