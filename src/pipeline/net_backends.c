#include "net_backends.h"

#include "vip.h"

struct net_backend {
    struct hmap_node node; /* In struct net_backends' 'backends'. */
    struct endpoint endpoint;
    uint32_t n;
};

void
net_backends_init(struct net_backends *set)
{
    hmap_init(&set->backends);
}

static void
backend_free(struct net_backends *set, struct net_backend *b)
{
    hmap_remove(&set->backends, &b->node);
    free(b);
}

void
net_backends_uninit(struct net_backends *set)
{
    struct net_backend *b;

    HMAP_FOR_EACH_SAFE (b, node, &set->backends) {
        backend_free(set, b);
    }
    hmap_destroy(&set->backends);
}

static struct net_backend *
find(const struct net_backends *set, const struct endpoint *endpoint)
{
    struct net_backend *b;

    HMAP_FOR_EACH_WITH_HASH (b, node, endpoint_hash(endpoint, 0),
                             &set->backends) {
        if (endpoint_equals(&b->endpoint, endpoint)) {
            return b;
        }
    }
    return NULL;
}

static void
add(struct net_backends *set, const struct endpoint *endpoint)
{
    struct net_backend *b = find(set, endpoint);

    if (!b) {
        b = xzalloc(sizeof *b);
        b->endpoint = *endpoint;
        hmap_insert(&set->backends, &b->node, endpoint_hash(endpoint, 0));
    }
    b->n++;
}

bool
net_backends_add(struct net_backends *set, const char *backends)
{
    struct endpoints list = { .list = NULL };

    if (!endpoints_parse(backends, &list, NULL)) {
        return false;
    }
    for (size_t i = 0; i < list.n; i++) {
        add(set, &list.list[i]);
    }
    endpoints_uninit(&list);
    return true;
}

bool
net_backends_remove(struct net_backends *set, const char *backends)
{
    struct endpoints list = { .list = NULL };

    if (!endpoints_parse(backends, &list, NULL)) {
        return false;
    }
    for (size_t i = 0; i < list.n; i++) {
        struct net_backend *b = find(set, &list.list[i]);

        if (b && !--b->n) {
            backend_free(set, b);
        }
    }
    endpoints_uninit(&list);
    return true;
}

bool
net_backends_has(const struct net_backends *set,
                 const struct endpoint *endpoint)
{
    struct endpoint all_ports = *endpoint;

    all_ports.port = 0;
    return find(set, endpoint) || find(set, &all_ports);
}
