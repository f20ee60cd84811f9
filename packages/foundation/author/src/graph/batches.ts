import { batchesIn, type Sql } from '../sql/parts.ts'
import type { Load } from '../steps/load.ts'
import type { Step } from '../steps/step.ts'

/** Ids of the datasets of which a step reads the batches at hand, as far as its definition says: a function may also ask at run time. */
export function batchesOf(step: Step): readonly string[] {
  if (step.kind === 'load') return [(step as Load).from.id]
  return step.kind === 'model' || step.kind === 'check' ? batchesIn((step as Step & { readonly sql: Sql }).sql) : []
}
