import { z } from 'zod'
import type { ModelDifference, ModelsGraph, ModelsNode, ModelsPlan } from '../services.ts'
import { oneOf } from './values.ts'

const texts = z.array(z.string())

/** What an operation on the graph of models is asked for. */
export const selecting = {
  select: texts.default([]).describe('which nodes: +silver.sales, tag:finance, path:models, state:changed+; a space is or, a comma is and'),
  exclude: texts.default([]).describe('which of these are left out, in the same form'),
  before: z
    .record(z.string(), z.string())
    .optional()
    .describe('fingerprints of a saved graph by node, with which state: compares; the version before unless given'),
}

const modelsNode: z.ZodType<ModelsNode> = z
  .object({
    id: z.string().meta({ example: 'model silver.sales' }),
    kind: oneOf<ModelsNode['kind']>({ model: 'model', load: 'load', check: 'check', task: 'task', source: 'source' }),
    name: z.string(),
    store: oneOf<ModelsNode['store']>({ lake: 'lake', warehouse: 'warehouse' }),
    file: z.string().nullable().meta({ description: 'Relative to the project.' }),
    description: z.string().nullable(),
    owner: z.string().nullable(),
    tags: texts,
    reads: texts.meta({ description: 'Ids of datasets.' }),
    fills: texts,
    guards: texts,
    steps: z.array(z.object({ pipeline: z.string(), step: z.string() })),
    above: texts.meta({ description: 'Ids of the nodes directly above.' }),
    fingerprint: z.string(),
    state: oneOf<NonNullable<ModelsNode['state']>>({ new: 'new', changed: 'changed', unchanged: 'unchanged' }).nullable(),
    refresh: z.string().nullable(),
    sql: z.string().nullable(),
    followed: z.boolean().meta({ description: 'Whether its SQL was followed: else nothing is claimed of its columns.' }),
    columns: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        notNull: z.boolean(),
        personal: z.boolean(),
        comment: z.string().nullable(),
        from: texts.meta({ description: 'The columns that it is made of.', example: ['lake.silver.sales.usd'] }),
      }),
    ),
    uses: texts.meta({ description: 'Columns that it names, also those that only select, order or group rows.' }),
  })
  .meta({ id: 'ModelsNode' })

export const modelsGraph: z.ZodType<ModelsGraph> = z
  .object({ project: z.string(), version: z.string(), nodes: z.array(modelsNode) })
  .meta({ id: 'ModelsGraph' })

export const modelsPlan: z.ZodType<ModelsPlan> = z
  .object({
    project: z.string(),
    runs: z.array(
      z.object({
        pipeline: z.string(),
        tasks: texts,
        nodes: texts.meta({ description: 'Ids of the nodes that they are.' }),
        params: texts.meta({ description: 'Names of the parameters that the pipeline declares.' }),
        notes: texts.meta({ description: 'What will not come of it.' }),
      }),
    ),
    models: z.array(z.object({ dataset: z.string(), refresh: z.string() })),
    left: texts.meta({ description: 'What is selected and is not run: sources, tasks that read.' }),
  })
  .meta({ id: 'ModelsPlan' })

const cells = z.array(z.string().nullable()).nullable()
const rowCount = z.int().min(0)

export const modelDifference: z.ZodType<ModelDifference> = z
  .object({
    model: z.string(),
    dataset: z.string().meta({ example: 'lake.silver.sales' }),
    store: z.string(),
    refresh: z.string(),
    why: z.string().nullable().meta({ description: 'Why nothing is compared; the rest is empty then.' }),
    batches: z.object({ compared: rowCount, of: rowCount }),
    left: z
      .array(z.object({ reason: z.string(), batches: rowCount }))
      .meta({ description: 'Batches that were chosen and are not compared, and why.' }),
    columns: z
      .array(z.object({ column: z.string(), from: z.string().nullable(), to: z.string().nullable() }))
      .meta({ description: 'Columns that are declared otherwise than the table has them.' }),
    by: texts.meta({ description: 'Columns by which a row is the same one; none: rows count as often as they stand there.' }),
    rows: z.object({ would: rowCount, stands: rowCount, added: rowCount, removed: rowCount, changed: rowCount, same: rowCount }),
    quarantined: z.object({ would: rowCount, stands: rowCount }),
    changed: z.array(z.object({ column: z.string(), rows: rowCount })),
    cells: texts.meta({ description: 'Names of the cells of the examples.' }),
    examples: z.array(
      z.object({
        kind: oneOf<ModelDifference['examples'][number]['kind']>({ added: 'added', removed: 'removed', changed: 'changed' }),
        times: rowCount.meta({ description: 'How often a row without a key stands there more on one side.' }),
        stands: cells,
        would: cells,
      }),
    ),
  })
  .meta({ id: 'ModelDifference' })
