#include "ltable.h"

#include "lact_syntax.h"
#include "ltable_private.h"

VLOG_DEFINE_THIS_MODULE(ltable);

/* Rules of a flow, in one datapath. */

/* Puts 'rules' into the datapath of 'instance'. */
static void
instance_install(struct instance *instance, const struct lflow *flow,
                 const struct expr_rules *rules)
{
    struct ldatapath *datapath = instance->datapath;
    struct ltable *table = ldatapath_table(datapath, flow->pipeline,
                                           flow->stage);
    uint32_t base = datapath->tables->next_conj_id;

    datapath->tables->next_conj_id += rules->n_conj;
    instance->contributions = xcalloc(rules->n + rules->n_conj,
                                      sizeof *instance->contributions);
    for (size_t i = 0; i < rules->n; i++) {
        const struct expr_rule *rule = &rules->list[i];
        struct contribution *c = &instance->contributions[instance->n++];

        c->flow = flow;
        if (rule->conj_id) {
            c->conj = (struct cls_conjunction) {
                .id = base + rule->conj_id,
                .clause = rule->clause,
                .n_clauses = rule->n_clauses,
            };
        }
        slot_contribute(table, &rule->match, flow->priority, c);
    }
    for (uint32_t id = 1; id <= rules->n_conj; id++) {
        struct contribution *c = &instance->contributions[instance->n++];
        struct minimatch minimatch;
        struct match match;

        match_init_catchall(&match);
        match_set_conj_id(&match, base + id);
        minimatch_init(&minimatch, &match);
        c->flow = flow;
        slot_contribute(table, &minimatch, flow->priority, c);
        minimatch_destroy(&minimatch);
    }
}

void
instance_uninstall(struct instance *instance)
{
    for (size_t i = 0; i < instance->n; i++) {
        slot_withdraw(&instance->contributions[i]);
    }
    free(instance->contributions);
    instance->contributions = NULL;
    instance->n = 0;
}

/* Compiles and installs in all datapaths; once, unless names of ports, which
 * are a datapath's own, are in the match. */
static bool
install_everywhere(struct ltables *tables, struct lflow_instances *instances,
                   char **error)
{
    const struct lflow *flow = instances->flow;
    struct expr_rules rules;
    bool compiled = false;
    bool ok = true;

    for (size_t i = 0; ok && i < instances->n; i++) {
        struct instance *instance = &instances->list[i];

        if (!instance->datapath) {
            continue;
        }
        if (compiled && instances->names_ports) {
            expr_rules_uninit(&rules);
            compiled = false;
        }
        if (!compiled) {
            ok = expr_compile(flow->guarded, tables->env,
                              instance->datapath->key, &rules, error);
            compiled = ok;
        }
        if (ok) {
            instance_install(instance, flow, &rules);
        }
    }
    if (compiled) {
        expr_rules_uninit(&rules);
    }
    return ok;
}

/* Names. */

static struct ref *
find_ref(const struct ltables *tables, enum expr_ref_type type,
         const char *name)
{
    struct ref *ref;

    HMAP_FOR_EACH_WITH_HASH (ref, in_tables, hash_string(name, type),
                             &tables->refs) {
        if (ref->type == type && !strcmp(ref->name, name)) {
            return ref;
        }
    }
    return NULL;
}

static void
count_ref(void *aux, enum expr_ref_type type, const char *name)
{
    struct lflow_instances *instances = aux;

    instances->n_refs++;
    instances->names_ports |= type == REF_PORT || type == REF_PORT_GROUP;
}

struct link_aux {
    struct ltables *tables;
    struct lflow_instances *instances;
};

static void
link_ref(void *aux, enum expr_ref_type type, const char *name)
{
    struct link_aux *link_aux = aux;
    struct lflow_instances *instances = link_aux->instances;
    struct ref *ref = find_ref(link_aux->tables, type, name);

    if (!ref) {
        ref = xzalloc(sizeof *ref);
        ref->type = type;
        ref->name = xstrdup(name);
        ovs_list_init(&ref->links);
        hmap_insert(&link_aux->tables->refs, &ref->in_tables,
                    hash_string(name, type));
    }
    /* A flow may say a name twice; compiling it again once is enough. */
    if (!ovs_list_is_empty(&ref->links)
        && CONTAINER_OF(ovs_list_back(&ref->links), struct ref_link,
                        in_ref)->instances == instances) {
        return;
    }

    struct ref_link *link = &instances->refs[instances->n_refs++];
    link->ref = ref;
    link->instances = instances;
    ovs_list_push_back(&ref->links, &link->in_ref);
}

static void
link_refs(struct ltables *tables, struct lflow_instances *instances)
{
    struct link_aux aux = { tables, instances };
    const struct expr *expr = instances->flow->guarded;

    expr_for_each_ref(expr, count_ref, instances);
    instances->refs = xcalloc(instances->n_refs, sizeof *instances->refs);
    instances->n_refs = 0;
    expr_for_each_ref(expr, link_ref, &aux);
}

static void
unlink_refs(struct ltables *tables, struct lflow_instances *instances)
{
    for (size_t i = 0; i < instances->n_refs; i++) {
        struct ref *ref = instances->refs[i].ref;

        ovs_list_remove(&instances->refs[i].in_ref);
        if (ovs_list_is_empty(&ref->links)) {
            hmap_remove(&tables->refs, &ref->in_tables);
            free(ref->name);
            free(ref);
        }
    }
    free(instances->refs);
    instances->refs = NULL;
    instances->n_refs = 0;
}

size_t
ltables_touch(struct ltables *tables, enum expr_ref_type type,
              const char *name)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 10);
    struct ref *ref = find_ref(tables, type, name);
    struct ref_link *link;
    size_t n = 0;

    if (!ref) {
        return 0;
    }
    LIST_FOR_EACH (link, in_ref, &ref->links) {
        struct lflow_instances *instances = link->instances;
        char *error = NULL;

        for (size_t i = 0; i < instances->n; i++) {
            instance_uninstall(&instances->list[i]);
        }
        if (!install_everywhere(tables, instances, &error)) {
            VLOG_WARN_RL(&rl, "flow "UUID_FMT": %s; it matches nothing now",
                         UUID_ARGS(&instances->flow->uuid), error);
            free(error);
        }
        n++;
    }
    return n;
}

/* Flows. */

static void
lflow_free(struct lflow *flow)
{
    free(flow->match);
    expr_free(flow->guarded);
    lacts_uninit(&flow->actions);
    free(flow->stage_name);
    free(flow->meter);
    free(flow);
}

void
lflow_instances_free(struct lflow_instances *instances)
{
    lflow_free(instances->flow);
    free(instances->list);
    free(instances);
}

/* How many of 'actions', from the first on, assign constants. */
static size_t
count_words(const struct lacts *actions)
{
    size_t n = 0;

    while (n < MIN(actions->n, UINT8_MAX)
           && actions->list[n]->class->kind == LACT_SET
           && ((const struct lact_assign *) actions->list[n])->word.mask) {
        n++;
    }
    return n;
}

/* Is the last of 'actions', the one at 'i', "next;"? */
static bool
is_last_next(const struct lacts *actions, size_t i,
             const struct lflow_desc *desc)
{
    if (i + 1 != actions->n
        || actions->list[i]->class->kind != LACT_NEXT) {
        return false;
    }

    const struct lact_next *next
        = (const struct lact_next *) actions->list[i];
    return (next->pipeline == desc->pipeline
            && next->stage == desc->stage + 1);
}

/* With what 'actions' assign, but without the actions themselves. */
static struct lflow *
lflow_new(const struct lflow_desc *desc, const struct lacts *actions)
{
    size_t n_words = count_words(actions);
    struct lflow *flow = xzalloc(sizeof *flow
                                 + n_words * sizeof flow->words[0]);

    flow->only_assigns = is_last_next(actions, n_words, desc);
    flow->n_words = n_words;
    for (size_t i = 0; i < n_words; i++) {
        flow->words[i]
            = ((const struct lact_assign *) actions->list[i])->word;
    }
    flow->uuid = desc->uuid;
    flow->pipeline = desc->pipeline;
    flow->stage = desc->stage;
    flow->priority = desc->priority;
    flow->match = xstrdup(desc->match);
    flow->stage_name = nullable_xstrdup(desc->stage_name);
    flow->meter = nullable_xstrdup(desc->meter);
    return flow;
}

/* Parses what 'desc' says.  NULL, with '*error', if that is not possible. */
static struct lflow *
parse(const struct ltables *tables, const struct lflow_desc *desc,
      char **error)
{
    struct lact_context context = {
        .symtab = tables->symtab,
        .actions = tables->actions,
        .pipeline = desc->pipeline,
        .stage = desc->stage,
    };
    struct lacts actions;
    struct expr *prereqs;
    char *problem;

    if (desc->stage >= N_LSTAGES) {
        *error = xasprintf("stage %d: there are only %d", desc->stage,
                           N_LSTAGES);
        return NULL;
    }

    struct expr *match = expr_parse(desc->match, tables->symtab, &problem);
    if (!match) {
        *error = xasprintf("match: %s", problem);
        free(problem);
        return NULL;
    }
    if (!lacts_parse(desc->actions, &context, &actions, &prereqs, &problem)) {
        *error = xasprintf("actions: %s", problem);
        free(problem);
        expr_free(match);
        return NULL;
    }

    struct lflow *flow = lflow_new(desc, &actions);
    flow->guarded = expr_and(match, prereqs);
    flow->actions = actions;
    return flow;
}

const struct lflow *
ltables_add(struct ltables *tables, const struct lflow_desc *desc,
            char **error)
{
    struct lflow *flow = parse(tables, desc, error);

    if (!flow) {
        return NULL;
    }

    struct lflow_instances *instances = xzalloc(sizeof *instances);
    instances->flow = flow;
    flow->instances = instances;
    instances->n = desc->n_datapaths;
    instances->list = xcalloc(instances->n, sizeof *instances->list);
    for (size_t i = 0; i < instances->n; i++) {
        instances->list[i].datapath = desc->datapaths[i];
        ovs_list_push_back(&desc->datapaths[i]->instances,
                           &instances->list[i].in_datapath);
    }
    link_refs(tables, instances);
    ovs_list_push_back(&tables->flows, &instances->in_tables);
    if (!install_everywhere(tables, instances, error)) {
        ltables_remove(tables, flow);
        return NULL;
    }
    return flow;
}

void
ltables_remove(struct ltables *tables, const struct lflow *flow)
{
    struct lflow_instances *instances = flow->instances;

    for (size_t i = 0; i < instances->n; i++) {
        if (instances->list[i].datapath) {
            instance_uninstall(&instances->list[i]);
            ovs_list_remove(&instances->list[i].in_datapath);
        }
    }
    unlink_refs(tables, instances);
    ovs_list_remove(&instances->in_tables);
    ovs_list_push_back(&tables->batch->flows, &instances->in_tables);
}
