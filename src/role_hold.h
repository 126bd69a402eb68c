/* rouse hold: one per chassis, beside ovn-controller (rouse-hold(8)). */

#ifndef ROLE_HOLD_H
#define ROLE_HOLD_H 1

int role_hold_main(int argc, char *argv[]);

#endif /* role_hold.h */
