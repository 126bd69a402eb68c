#include "cli.h"

#include "cli_noun.h"
#include "cli_output.h"
#include "ovs.h"

struct noun {
    const char *name;
    int (*run)(int argc, char *argv[]);
    const char *summary;
};

static const struct noun nouns[] = {
#define NOUN(NAME, FUNCTION, SUMMARY) {NAME, FUNCTION, SUMMARY},
#include "nouns.def"
#undef NOUN
};

void
cli_print_nouns(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(nouns); i++) {
        printf("  %-10s %s\n", nouns[i].name, nouns[i].summary);
    }
}

int
cli_main(int argc, char *argv[])
{
    const char *word = argc > 1 ? argv[1] : NULL;

    /* Errors of this process are printed, not logged. */
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    fatal_ignore_sigpipe();

    if (!word) {
        cli_error("no command; see \"rouse --help\"");
        return CLI_USAGE;
    }
    for (size_t i = 0; i < ARRAY_SIZE(nouns); i++) {
        if (!strcmp(word, nouns[i].name)) {
            return nouns[i].run(argc - 1, argv + 1);
        }
    }
    cli_error("\"%s\" is not a command; see \"rouse --help\"", word);
    return CLI_USAGE;
}
