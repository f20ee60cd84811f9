import type { Fault } from '../base/faults.ts'
import type { AnyDataset, ForeignKey } from '../dataset/any-dataset.ts'
import { uniqueColumnsOf } from '../dataset/indexes.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { SqlSource } from '../source/sql-source.ts'
import type { Pool } from '../steps/defaults.ts'
import type { Load } from '../steps/load.ts'
import type { Model } from '../steps/model.ts'
import type { Pull } from '../steps/pull.ts'
import type { Step } from '../steps/step.ts'
import { batchesOf } from './batches.ts'
import { graphOf, type PipelineGraph } from './graph.ts'
import { outlivingModels } from './outlives.ts'

/** What is wrong between the definitions of a project, each of which may be right by itself. Pure; all faults at once. */
export function projectFaults(
  pipelines: readonly Pipeline[],
  datasets: readonly AnyDataset[],
  keys: readonly ForeignKey[],
): readonly Fault[] {
  const graphs = pipelines.map(graphOf)
  const steps = graphs.flatMap((graph) => [...graph.steps.values()])
  const all = [...new Set([...datasets, ...steps.flatMap(({ reads, fills }) => [...reads, ...fills])])]
  return [
    ...namedTwice(all).map((id) => ({
      where: `dataset ${id}`,
      at: id.slice(id.indexOf('.') + 1),
      what: 'it is declared twice',
      next: 'Declare it once and import it where it is used.',
    })),
    ...inCaseAlone(all).map(([id, other]) => ({
      where: `dataset ${id}`,
      at: id.slice(id.indexOf('.') + 1),
      what: `its name differs from ${other} in case alone, and they are one to DuckDB and to many file systems`,
      next: 'Give one of them another name.',
    })),
    ...poolsThatDiffer(pipelines, steps).map((name) => ({
      where: `pool ${name}`,
      at: name,
      what: 'it is declared with different numbers of slots',
      next: 'Declare it once and import it where it is used.',
    })),
    ...sourcesOfOneName(steps),
    ...overwritten(graphs),
    ...keys.flatMap((key) => danglingKey(key, all)),
    ...takenTwice(graphs),
    ...outlivingModels(steps),
  ]
}

const namedTwice = (datasets: readonly AnyDataset[]): readonly string[] =>
  [...Map.groupBy(datasets, ({ id }) => id)].flatMap(([id, same]) => (same.length > 1 ? [id] : []))

/** Datasets of the lake whose names a store takes for one, in pairs. */
function inCaseAlone(datasets: readonly AnyDataset[]): readonly (readonly [string, string])[] {
  const ids = new Set(datasets.filter(({ on }) => on === 'lake').map(({ id }) => id))
  return [...Map.groupBy(ids, (id) => id.toLowerCase()).values()].flatMap(([first = '', ...others]) =>
    others.map((other) => [other, first] as const),
  )
}

function poolsThatDiffer(pipelines: readonly Pipeline[], steps: readonly Step[]): readonly string[] {
  const defaults = [...pipelines.map((each) => each.defaults), ...steps.flatMap((each) => [each.defaults, each.group?.defaults])]
  const pools = defaults.flatMap((each): readonly Pool[] => (each?.pool === undefined ? [] : [each.pool]))
  return [...Map.groupBy(pools, ({ name }) => name)].flatMap(([name, same]) =>
    new Set(same.map(({ slots }) => slots)).size > 1 ? [name] : [],
  )
}

/** Receipts tell sources apart by their names, within a dataset. */
function sourcesOfOneName(steps: readonly Step[]): readonly Fault[] {
  const pulls = steps.filter((step): step is Pull => step.kind === 'pull')
  const named = Map.groupBy(pulls, ({ from, into }) => `${from.name} ${into.id}`)
  return [...named.values()].flatMap(([one, ...others]) => {
    const other = others.find(({ from }) => JSON.stringify(from) !== JSON.stringify(one?.from))
    if (one === undefined || other === undefined) return []
    return [
      {
        where: `source ${one.from.name}`,
        at: other.name,
        what: `"${one.name}" and "${other.name}" fill ${one.into.id} from two sources that are both named "${one.from.name}"`,
        next: 'Give one of them another name.',
      },
    ]
  })
}

/**
 * Steps that fill a dataset all of whose rows another step replaces, where one of the two is a pull. The pipelines of the one that replaces
 * are at fault: run once, it would take the rows away.
 */
function overwritten(graphs: readonly PipelineGraph[]): readonly Fault[] {
  const steps = graphs.flatMap((graph) => [...graph.steps.values()])
  const filled = Map.groupBy(
    [...new Set(steps)].flatMap((step) => step.fills.map(({ id }) => ({ id, step }))),
    ({ id }) => id,
  )
  return [...filled].flatMap(([id, all]) => {
    const fills = all.map(({ step }) => step)
    const whole = fills.find(pullsInFull) ?? (fills.some(({ kind }) => kind === 'pull') ? fills.find(refreshesInFull) : undefined)
    const others =
      whole === undefined ? [] : fills.filter((step) => !bringsTheSame(step, whole) && (pullsInFull(whole) || step.kind === 'pull'))
    const of = graphs.filter((graph) => graph.steps.values().some((step) => step === whole))
    return others.flatMap((other) =>
      of.map(({ spec }) => ({
        where: `pipeline ${spec.name}`,
        at: whole?.name ?? other.name,
        what: `"${whole?.name}" replaces all rows of ${id} each time, and "${other.name}" fills it too: what that brings would go`,
        next: 'Let each of them fill a dataset of its own, and bring the rows together in a model that reads both.',
      })),
    )
  })
}

const pullsInFull = (step: Step): boolean =>
  step.kind === 'pull' && (step as Pull).from.kind === 'sql-source' && ((step as Pull).from as SqlSource).mode === 'full'

const refreshesInFull = (step: Step): boolean => step.kind === 'model' && (step as Model).refresh === 'full'

/** Of one source, whose rows are the same whichever pull brings them; another source of its name is told by itself. */
const bringsTheSame = (one: Step, other: Step): boolean =>
  one === other || (one.kind === 'pull' && other.kind === 'pull' && (one as Pull).from.name === (other as Pull).from.name)

function danglingKey(key: ForeignKey, datasets: readonly AnyDataset[]): readonly Fault[] {
  const to = datasets.find(({ id }) => id === key.to)
  if (to?.facts.as !== undefined)
    return [
      {
        where: `dataset ${key.from}`,
        at: key.from.slice(key.from.indexOf('.') + 1),
        what: `its ${key.columns.join(', ')} refers to ${key.to}, which is a ${to.facts.as}: PostgreSQL refers to tables alone`,
        next: 'Refer to a table.',
      },
    ]
  const names = (columns: readonly string[]): string => [...columns].sort().join()
  const unique = to === undefined ? [] : uniqueColumnsOf(to)
  if (to === undefined || unique.some((columns) => names(columns) === names(key.on))) return []
  return [
    {
      where: `dataset ${key.from}`,
      at: key.from.slice(key.from.indexOf('.') + 1),
      what: `its ${key.columns.join(', ')} refers to ${key.on.join(', ')} of ${key.to}, which is not a key there`,
      next: `Refer to the key of ${key.to}, or declare a unique index on those columns.`,
    },
  ]
}

/** A step that adds the rows of batches to a dataset which would keep them twice. */
interface Taker {
  readonly pipeline: string
  readonly step: string
  readonly into: string
  readonly batch: string
  /** The run at hand did not write the batch: it takes what others wrote. */
  readonly external: boolean
}

/** Steps of two pipelines that take the same batches into one dataset without a key: its rows would stand there twice. */
function takenTwice(graphs: readonly PipelineGraph[]): readonly Fault[] {
  const takers = graphs.flatMap(takersIn)
  return takers.flatMap((one, at) =>
    takers
      .slice(at + 1)
      .filter((other) => other.pipeline !== one.pipeline && other.into === one.into && other.batch === one.batch)
      .filter((other) => one.external || other.external)
      .map((other) => ({
        where: `pipeline ${other.pipeline}`,
        at: other.step,
        what: `"${other.step}" takes the batches of ${one.batch} into ${one.into}, and so does "${one.step}" of pipeline ${one.pipeline}: the rows would be there twice`,
        next: `Declare a key of ${one.into}, let one pipeline take them, or say inEachPipeline: true.`,
      })),
  )
}

const takersIn = ({ spec, steps }: PipelineGraph): readonly Taker[] =>
  [...steps.values()].flatMap((step) => {
    const [into] = step.fills
    if (into === undefined || into.key.length > 0 || !adds(step) || (step as Load | Model).inEachPipeline) return []
    return batchesOf(step).map((batch) => ({
      pipeline: spec.name,
      step: step.name,
      into: into.id,
      batch,
      external: spec.external.includes(batch),
    }))
  })

const adds = (step: Step): boolean =>
  (step.kind === 'load' && (step as Load).mode === 'append') || (step.kind === 'model' && (step as Model).refresh === 'batch')
