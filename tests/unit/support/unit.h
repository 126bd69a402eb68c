/* What a unit test includes: cmocka, and Open vSwitch's types. */

#ifndef UNIT_H
#define UNIT_H 1

#include "ovs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* How long what takes moments is waited for: the machine may have much else to
 * do. */
#define UNIT_PATIENCE_MS 60000

/* Asserts 'condition' and, where it does not hold, says what was tested. */
#define assert_case(CONDITION, ...)                                           \
    do {                                                                      \
        bool holds_ = (CONDITION);                                            \
        if (!holds_) {                                                        \
            print_error(__VA_ARGS__);                                         \
            print_error("\n");                                                \
        }                                                                     \
        _assert_true(holds_, #CONDITION, __FILE__, __LINE__);                 \
    } while (0)

#endif /* tests/unit/support/unit.h */
