/* rouse waker: one per cluster acts, others stand by (rouse-waker(8)). */

#ifndef ROLE_WAKER_H
#define ROLE_WAKER_H 1

int role_waker_main(int argc, char *argv[]);

#endif /* role_waker.h */
