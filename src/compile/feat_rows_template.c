/* Rows Chassis_Template_Var: what "^NAME" stands for on each chassis.
 *
 * Sources: Chassis_Template_Var in ovn-nb(5), ovn-sb(5). */

#include "rows.h"
#include "views.h"

static void
compile(struct cctx *ctx, const void *row_)
{
    const struct nbrec_chassis_template_var *vars = row_;
    struct json *row = json_object_create();

    row_put_string(row, "chassis", vars->chassis);
    row_put_map(row, "variables", &vars->variables);
    crow_emit(ctx, "Chassis_Template_Var", &vars->header_.uuid, &row);
}

const struct cunit_class cunit_template = {
    .table = CT_TEMPLATE,
    .compile = compile,
};
