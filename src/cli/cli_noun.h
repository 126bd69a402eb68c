/* The nouns of the command line, one file each (see nouns.def). */

#ifndef CLI_CLI_NOUN_H
#define CLI_CLI_NOUN_H 1

#define NOUN(NAME, FUNCTION, SUMMARY) int FUNCTION(int argc, char *argv[]);
#include "nouns.def"
#undef NOUN

#endif /* cli/cli_noun.h */
