import { batchesIn, type PipelineSpec } from '@sluice/author'
import type { ModelsPlan } from '@sluice/serve'
import { type DeclaredProject, graphOfProject, type PlannedRun, planRuns, selectedNodes } from '@sluice/transform'
import { type Asked, fingerprintsBefore } from './graph.ts'

/** Which runs bring the chosen models up to date, and what will not come of them. */
export async function modelsPlan(stateDir: string, declared: DeclaredProject, asked: Asked, checks: boolean): Promise<ModelsPlan> {
  const graph = graphOfProject(declared)
  const before = await fingerprintsBefore(stateDir, declared, asked)
  const chosen = selectedNodes(graph, { ...asked, before })
  const { runs, left } = planRuns(graph, chosen, { checks })
  const names = new Map(graph.nodes.map(({ id, name }) => [id, name]))
  return {
    project: declared.project,
    runs: runs.map((run) => ({ ...run, params: Object.keys(specOf(declared, run)?.params ?? {}), notes: notesOf(declared, run) })),
    // Nodes of the lake that are models, for a full refresh.
    models: runs
      .flatMap(({ nodes }) => nodes)
      .flatMap((id) => {
        const node = graph.nodes.find((each) => each.id === id)
        const dataset = node?.kind === 'model' ? node.fills[0] : undefined
        return dataset === undefined ? [] : [{ dataset, refresh: refreshOf(declared, dataset) }]
      }),
    left: left.map((id) => names.get(id) ?? id),
  }
}

const specOf = ({ pipelines }: DeclaredProject, { pipeline }: PlannedRun): PipelineSpec | undefined =>
  pipelines.find(({ name }) => name === pipeline)

const refreshOf = ({ models }: DeclaredProject, dataset: string) => models.find(({ into }) => into === dataset)?.refresh ?? 'full'

/** Steps that take batches of a dataset which their pipeline fills, by a step that is not in the run: there will be none. */
function notesOf(declared: DeclaredProject, run: PlannedRun): readonly string[] {
  const tasks = specOf(declared, run)?.tasks ?? []
  return run.tasks.flatMap((task) => {
    const fills = tasks.find(({ name }) => name === task)?.fills ?? []
    return batchesTaken(declared, task, fills).flatMap((dataset) => {
      const fillers = tasks.filter((each) => each.fills.includes(dataset) && each.kind !== 'retain').map(({ name }) => name)
      if (fillers.length === 0 || fillers.some((name) => run.tasks.includes(name))) return []
      const anew = fills.every((id) => id.startsWith('lake.')) ? ', or make the table anew with --full-refresh' : ''
      return [
        `${task} takes the batches that its run writes to ${dataset}, and ${fillers.join(', ')} is not part of it: it will find no rows. ` +
          `Run the pipeline (sluice pipelines trigger ${run.pipeline} --wait)${anew}.`,
      ]
    })
  })
}

function batchesTaken({ models, loads }: DeclaredProject, task: string, fills: readonly string[]): readonly string[] {
  const model = models.find(({ name, into }) => name === task && fills.includes(into))
  const load = loads.find(({ name, into }) => name === task && fills.includes(into))
  return [...(model === undefined ? [] : batchesIn(model.sql)), ...(load === undefined ? [] : [load.from])]
}
