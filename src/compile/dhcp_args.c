#include "dhcp_args.h"

static bool
is_option(const char *name, bool v6)
{
    static const char *const v4_names[] = {
#define DHCP_OPTION(NAME, CODE, TYPE) NAME,
#include "dhcp_known.def"
    };
    static const char *const v6_names[] = {
#define DHCPV6_OPTION(NAME, CODE, TYPE) NAME,
#include "dhcp_known.def"
    };
    const char *const *names = v6 ? v6_names : v4_names;
    size_t n = v6 ? ARRAY_SIZE(v6_names) : ARRAY_SIZE(v4_names);

    for (size_t i = 0; i < n; i++) {
        if (!strcmp(name, names[i])) {
            return true;
        }
    }
    return false;
}

/* The length of a string in quotes at 's', or 0. */
static size_t
span_string(const char *s)
{
    size_t i = 1;

    while (s[i] && s[i] != '"' && s[i] != '\n') {
        i += s[i] == '\\' && s[i + 1] ? 2 : 1;
    }
    return *s == '"' && s[i] == '"' ? i + 1 : 0;
}

/* One value: a word, a text in quotes, or words or texts in braces. */
static bool
is_value(const char *s)
{
    static const char word[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ.:/-_";
    bool braces = *s == '{';
    bool any = false;

    s += braces;
    for (;;) {
        s += strspn(s, braces ? " ," : " ");
        size_t n = *s == '"' ? span_string(s) : strspn(s, word);
        if (!n) {
            break;
        }
        if (any && !braces) {
            return false;
        }
        any = true;
        s += n;
    }
    if (braces && *s++ != '}') {
        return false;
    }
    return any && !s[strspn(s, " ")];
}

char *
dhcp_args_format(const struct dhcp_args *a, const struct smap *options)
{
    const struct smap_node **nodes = smap_sort(options);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < smap_count(options); i++) {
        const char *name = nodes[i]->key, *value = nodes[i]->value;

        if (!is_option(name, a->v6)) {
            creport(a->ctx, a->port, a->column, NULL,
                    "its options have \"%s\", which is no DHCP%s option: "
                    "it is not told", name, a->v6 ? "v6" : "");
        } else if (!is_value(value)) {
            creport(a->ctx, a->port, a->column,
                    "write an address, a number, \"text\" in quotes or "
                    "{several, of, them}",
                    "its option %s has \"%s\", which is no value: it is not "
                    "told", name, value);
        } else {
            ds_put_format(&s, "%s%s = %s", s.length ? ", " : "", name,
                          value);
        }
    }
    free(nodes);
    return ds_steal_cstr(&s);
}
