import type { Json } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

/** What tasks of a run gave, by their names; a task that was mapped gave the list of what each of its task runs gave. */
export type Outputs = Readonly<Record<string, Json>>

const outputsSql = 'select o.task, o.map_index as "mapIndex", o.output from sluice.outputs_of($1, $2) o'

/** Of the tasks that a step names in `needs`, and of no others: a step after a thousand tasks may need none of what they gave. */
export async function outputsOf(db: Queryable, run: string, tasks: readonly string[]): Promise<Outputs> {
  if (tasks.length === 0) return {}
  const rows = await db.query<{ task: string; mapIndex: number | null; output: Json }>({ name: 'sluice_outputs', text: outputsSql }, [
    run,
    tasks,
  ])
  const outputs: Record<string, Json> = {}
  for (const { task, mapIndex, output } of rows) {
    outputs[task] = mapIndex === null ? output : [...((outputs[task] as readonly Json[] | undefined) ?? []), output]
  }
  return outputs
}
