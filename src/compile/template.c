#include "template.h"

#include "engine.h"

static bool
is_first(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

size_t
template_span(const char *s)
{
    size_t n = 1;

    if (s[0] != '^' || !is_first(s[1])) {
        return 0;
    }
    while (is_first(s[n]) || (s[n] >= '0' && s[n] <= '9') || s[n] == '.') {
        n++;
    }
    return n;
}

static const struct nbrec_chassis_template_var *
own_variables(struct cctx *ctx)
{
    const char *self = cctx_fact(ctx, CFACT_SELF, "chassis");
    const struct uuid *uuid
        = self ? cctx_named1(ctx, CR_TEMPLATE_OF_CHASSIS, self) : NULL;

    return uuid ? get_template(ctx, uuid) : NULL;
}

char *
template_expand(struct cctx *ctx, const char *text)
{
    const char *next = strchr(text, '^');
    const struct nbrec_chassis_template_var *vars
        = next ? own_variables(ctx) : NULL;
    struct ds out = DS_EMPTY_INITIALIZER;

    if (!vars) {
        return NULL;
    }
    for (; next; next = strchr(text, '^')) {
        size_t n = template_span(next);
        char *name = n ? xmemdup0(next + 1, n - 1) : NULL;
        const char *value = name ? smap_get(&vars->variables, name) : NULL;

        ds_put_buffer(&out, text, next - text);
        if (value) {
            ds_put_cstr(&out, value);
        } else {
            ds_put_buffer(&out, next, MAX(n, 1));
        }
        text = next + MAX(n, 1);
        free(name);
    }
    ds_put_cstr(&out, text);
    return ds_steal_cstr(&out);
}
