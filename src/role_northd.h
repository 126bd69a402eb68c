/* "rouse northd": the compiler as a daemon (rouse-northd(8)). */

#ifndef ROLE_NORTHD_H
#define ROLE_NORTHD_H 1

int role_northd_main(int argc, char *argv[]);

#endif /* role_northd.h */
