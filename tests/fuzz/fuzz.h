/* What all fuzz targets share. */

#ifndef FUZZ_H
#define FUZZ_H 1

#include "ovs.h"

/* Called by libFuzzer: once, and then with each input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* tests/fuzz/fuzz.h */
