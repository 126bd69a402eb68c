/* The registry of units and the table of stages. */

#include "engine.h"

#define CUNIT(NAME) extern const struct cunit_class cunit_##NAME;
#include "features.def"

const struct cunit_class *const cunit_classes[N_CUNITS] = {
#define CUNIT(NAME) [CUNIT_##NAME] = &cunit_##NAME,
#include "features.def"
};

const struct cstage_info *
cstage_info(enum cstage stage)
{
    static const struct cstage_info infos[N_CSTAGES] = {
#define CSTAGE(ID, PIPELINE, TABLE, NAME)                                     \
    [ID] = { CPIPELINE_##PIPELINE, TABLE, NAME, (NAME)[1] == 'r' },
#include "stages.def"
    };

    return &infos[stage];
}
