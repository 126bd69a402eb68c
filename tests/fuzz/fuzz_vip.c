/* VIPs, lists of backends, and "rouse-backends", as somebody wrote them. */

#include "fuzz.h"

#include "nb.h"
#include "vip.h"

static void
fuzz_endpoint(const char *s)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct endpoint ep, again;

    if (endpoint_parse(s, &ep)) {
        endpoint_format(&ep, &ds);
        ovs_assert(endpoint_parse(ds_cstr(&ds), &again));
        ovs_assert(endpoint_equals(&ep, &again));
        ovs_assert(endpoint_hash(&ep, 1) == endpoint_hash(&again, 1));
        free(endpoint_address(&ep));
    }
    ds_destroy(&ds);
}

static void
fuzz_endpoints(const char *s)
{
    struct endpoints eps = { .n = 0 };
    char *bad = NULL;

    ovs_assert(endpoints_parse("10.0.0.1:80", &eps, NULL));
    bool ok = endpoints_parse(s, &eps, &bad);
    ovs_assert(ok == !bad);
    ovs_assert(ok || eps.n == 1);
    free(bad);
    endpoints_uninit(&eps);
}

/* "VIP=BACKENDS". */
static void
fuzz_check(const char *s)
{
    char *vip = xstrdup(s);
    char *backends = strchr(vip, '=');
    char *why = NULL;

    if (backends) {
        *backends++ = '\0';
        ovs_assert(vip_check(vip, backends, &why) == !why);
        free(why);
    }
    free(vip);
}

static void
fuzz_saved_backends(const char *s)
{
    struct smap vips = SMAP_INITIALIZER(&vips);
    struct smap backends = SMAP_INITIALIZER(&backends);
    struct smap again = SMAP_INITIALIZER(&again);
    char *why = NULL;

    smap_add(&vips, "192.168.1.100:80", "");
    smap_add(&vips, "192.168.1.100", "");
    smap_add(&vips, "[fd00::100]:80", "");
    smap_add(&vips, "fd00::100", "10.0.0.1");
    if (nb_backends_parse(s, &vips, &backends, &why)) {
        ovs_assert(!why);
        char *text = nb_backends_format(&backends);
        if (*text) {
            ovs_assert(nb_backends_parse(text, &vips, &again, &why));
            ovs_assert(smap_count(&backends) == smap_count(&again));
        }
        free(text);
    } else {
        ovs_assert(why);
        ovs_assert(smap_is_empty(&backends));
    }
    free(why);
    smap_destroy(&again);
    smap_destroy(&backends);
    smap_destroy(&vips);
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
    char *s = xmemdup0((const char *) data, size);

    fuzz_endpoint(s);
    fuzz_endpoints(s);
    fuzz_check(s);
    fuzz_saved_backends(s);
    free(s);
    return 0;
}
