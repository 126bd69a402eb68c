/* What all fuzz targets share. */

#ifndef FUZZ_H
#define FUZZ_H 1

#include <signal.h>

#include "ovs.h"

/* Called by libFuzzer: once, and then with each input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Before anything else in LLVMFuzzerInitialize(): nothing is logged, and
 * signals are libFuzzer's.  It leaves handlers that it finds, and Open
 * vSwitch's would die of the SIGALRM by which libFuzzer measures time. */
static inline void
fuzz_init(char *argv[])
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGALRM };

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    fatal_signal_init();
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        signal(signals[i], SIG_DFL);
    }
}

#endif /* tests/fuzz/fuzz.h */
