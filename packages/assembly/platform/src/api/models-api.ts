import type { AnyDataset } from '@sluice/author'
import { given, near, notFound, requestErrors, type SluiceError } from '@sluice/core'
import type { Engine } from '@sluice/engine'
import type { ProjectLakes } from '@sluice/lake'
import type { ModelsApi } from '@sluice/serve'
import type { Settings } from '@sluice/settings'
import type { RunnableModel } from '@sluice/transform'
import type { ProjectWarehouses } from '@sluice/warehouse'
import { definitionsNow, type ProjectDefinitions } from '../definitions/definitions.ts'
import { compileModels } from '../models/compile.ts'
import { declaredProject } from '../models/declared.ts'
import { diffModels } from '../models/diff.ts'

type Declared = Pick<ProjectDefinitions, 'name' | 'timeZone' | 'datasets' | 'models'>

/** So long a call makes batches: nobody waits for an answer until a large table is done, and a call that breaks off loses one batch. */
const callMs = 3_000

/**
 * Graphs of models, and rebuilds of tables of the lake, from what the projects declare now. What loads DuckDB is imported by the call that
 * needs it: short commands would wait for it, and where it is not there the platform could not say so.
 */
export const modelsApi = (
  { definitions, settings }: { readonly definitions: () => Promise<readonly ProjectDefinitions[]>; readonly settings: Settings },
  { lakes, warehouses }: { readonly lakes: Pick<ProjectLakes, 'named'>; readonly warehouses: Pick<ProjectWarehouses, 'of'> },
  engine: Pick<Engine, 'recordReceipts' | 'newestBatches'>,
): ModelsApi => ({
  rebuild: async ({ dataset: name, project, projects, dryRun, by, signal }) => {
    const theirs = (await definitions()).filter((of) => projects === 'all' || projects.includes(of.name))
    const { of, into, models } = found(theirs, name, project)
    const { rebuild } = await import('@sluice/transform')
    const until = performance.now() + callMs
    const { receipts, ...state } = await rebuild({
      lake: await lakes.named(of.name),
      models: models.map((model): RunnableModel => ({ ...model, into })),
      datasets: new Map(of.datasets.map((dataset) => [dataset.id, dataset])),
      timeZone: of.timeZone,
      dryRun,
      by,
      goOn: () => performance.now() < until && !signal.aborted,
      ...given({ signal }),
    })
    if (receipts.length > 0) await engine.recordReceipts(receipts)
    return state
  },
  graph: async ({ project, ...asked }) => {
    const declared = declaredProject(await definitionsNow(settings, ofProject(await definitions(), project)))
    const { modelsGraph } = await import('../models/graph.ts')
    return await modelsGraph(settings.stateDir, declared, asked)
  },
  plan: async ({ project, checks, ...asked }) => {
    // What is loaded is what runs: files that changed since are another version.
    const declared = declaredProject(ofProject(await definitions(), project))
    const { modelsPlan } = await import('../models/plan.ts')
    return await modelsPlan(settings.stateDir, declared, asked, checks)
  },
  compile: async ({ project, ...asked }) => {
    const loaded = await definitionsNow(settings, ofProject(await definitions(), project))
    const { chosenNodes } = await import('../models/graph.ts')
    const chosen = await chosenNodes(settings.stateDir, declaredProject(loaded), asked)
    return await compileModels({ loaded, lakes, engine }, chosen)
  },
  diff: async ({ project, select, exclude, before, ...asked }) => {
    const loaded = await definitionsNow(settings, ofProject(await definitions(), project))
    const { chosenNodes } = await import('../models/graph.ts')
    const chosen = await chosenNodes(settings.stateDir, declaredProject(loaded), { select, exclude, before })
    return await diffModels({ loaded, lakes, warehouses }, chosen, asked)
  },
})

function ofProject(all: readonly ProjectDefinitions[], project: string): ProjectDefinitions {
  const found = all.find(({ name }) => name === project)
  if (found !== undefined) return found
  throw notFound(`there is no project ${project}`, { facts: { project }, next: `Known are: ${all.map(({ name }) => name).join(', ')}.` })
}

interface Found {
  readonly of: Declared
  readonly into: AnyDataset
  readonly models: Declared['models']
}

function found(all: readonly Declared[], name: string, project: string | undefined): Found {
  const asked = all.filter((of) => project === undefined || of.name === project)
  const known = asked.flatMap((of) => of.datasets.map((into) => ({ of, into })))
  const meant = known.filter(({ of, into }) => [into.name, into.id, `${of.name}:${into.id}`].includes(name))
  const [one, other] = meant
  if (one === undefined)
    throw unknown(
      name,
      known.map(({ into }) => into.name),
    )
  if (other !== undefined)
    throw ofSeveral(
      name,
      meant.map(({ of }) => of.name),
    )
  const models = one.of.models.filter(({ into }) => into === one.into.id)
  if (one.into.on === 'warehouse') throw ofWarehouse(one.into)
  if (models.length === 0) throw notModelled(one.into)
  return { ...one, models }
}

function unknown(dataset: string, names: readonly string[]): SluiceError {
  const meant = near(dataset, names)
  return notFound(`there is no dataset ${dataset}`, {
    facts: { dataset, near: meant },
    next: meant.length > 0 ? `Did you mean ${meant.join(' or ')}?` : 'List what there is with: sluice datasets list.',
  })
}

const ofSeveral = (dataset: string, projects: readonly string[]): SluiceError =>
  requestErrors.invalid(`${dataset} is a dataset of ${projects.join(' and ')}`, {
    facts: { dataset, projects },
    next: `Say which: --project ${projects[0] ?? ''}.`,
  })

const ofWarehouse = ({ name: dataset }: AnyDataset): SluiceError =>
  requestErrors.invalid(`${dataset} is a table of the warehouse, whose columns a migration changes`, {
    facts: { dataset },
    next: 'Write the migration (sluice warehouse migrate --dry-run compares), then clear the runs whose rows should change.',
  })

const notModelled = ({ name: dataset }: AnyDataset): SluiceError =>
  requestErrors.invalid(`no model fills ${dataset}, so there is nothing to make it from`, {
    facts: { dataset },
    next: 'Name a dataset of silver that a model fills: sluice datasets show tells by which.',
  })
