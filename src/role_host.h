/* "rouse host": the virtual network of one machine, in one process. */

#ifndef ROLE_HOST_H
#define ROLE_HOST_H 1

int role_host_main(int argc, char *argv[]);

#endif /* role_host.h */
