/* Any text as actions: it is refused with a place, or it comes back the same
 * from its own formatting.  The first byte says where the flow is. */

#include "lflow.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct symtab *symtab;

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv)
{
    set_program_name((*argv)[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    symtab = symtab_new();
    return 0;
}

static void
check_round_trip(const struct lacts *lacts, const struct lact_context *context)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct expr *prereqs;
    struct lacts again;
    char *error = NULL;

    lacts_format(lacts, &text);
    ovs_assert(lacts_parse(ds_cstr(&text), context, &again, &prereqs,
                           &error));
    ovs_assert(lacts_equal(lacts, &again));
    lacts_uninit(&again);
    expr_free(prereqs);
    ds_destroy(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lact_context context = { .symtab = symtab };
    struct expr *prereqs;
    struct lacts lacts;
    char *error = NULL;

    if (!size) {
        return 0;
    }
    context.pipeline = *data & 1 ? PIPELINE_EGRESS : PIPELINE_INGRESS;
    context.stage = (*data >> 1) % N_LSTAGES;

    char *text = xmemdup0((const char *) data + 1, size - 1);
    if (lacts_parse(text, &context, &lacts, &prereqs, &error)) {
        check_round_trip(&lacts, &context);
        lacts_uninit(&lacts);
        expr_free(prereqs);
    } else {
        ovs_assert(!strncmp(error, "line ", 5));
        free(error);
    }
    free(text);
    return 0;
}
