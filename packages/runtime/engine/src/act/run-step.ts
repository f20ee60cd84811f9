import type { HttpClient, Load, Logger, Message, Model, RetainOptions, Sensor, Step, Table, Task, TaskContext } from '@sluice/author'
import {
  type BatchWrite,
  batchId,
  type DatasetRef,
  datasetIn,
  definitionErrors,
  durationMs,
  formatDatasetId,
  type InputVersion,
  inputOf,
  type Json,
  qualityErrors,
  type Receipt,
  type SluiceError,
  type Store,
  unreachable,
} from '@sluice/core'
import { attemptErrors } from '../errors.ts'
import type { Claim } from '../state/claim.ts'
import { storableOutput } from './output.ts'
import type { ProjectServices, Refs } from './services.ts'
import { taskBudget } from './task-budget.ts'

export interface StepRun {
  readonly claim: Claim
  readonly step: Step
  readonly signal: AbortSignal
  readonly log: Logger
  /** Opens the project's services at the first use. */
  services(): Promise<ProjectServices>
  /** The same once they are open, for what must answer at once; undefined before. */
  openServices(): ProjectServices | undefined
  /** Told of each receipt as it comes, so that a later failure loses none. */
  wrote(receipt: Receipt): void
}

/** `not_yet`: a sensor's poll answered false. */
export type StepResult = { readonly output: Json | undefined } | 'not_yet'

/** Runs one step. User code and services are entered here and nowhere else; whatever they throw comes out. */
export async function runStep(run: StepRun): Promise<StepResult> {
  const { step } = run
  switch (step.kind) {
    case 'task':
      return { output: storableOutput(step.name, await (step as Task<unknown, unknown>).run(inputsOf(run), await contextOf(run))) }
    case 'sensor': {
      const answer = await (step as Sensor<unknown, unknown>).poll(inputsOf(run), await contextOf(run))
      return answer === false ? 'not_yet' : { output: storableOutput(step.name, answer) }
    }
    case 'model':
      return { output: await runModel(run, step as Model) }
    case 'load':
      return { output: await runLoad(run, step as Load) }
    default:
      return unreachable(step.kind)
  }
}

async function runModel(run: StepRun, model: Model): Promise<DatasetRef> {
  const refs = requiredRefs(run, Object.keys(model.needs))
  const write = writeOf(run, model.on, model.name, 'main', Object.values(refs).map(inputOf))
  const services = await run.services()
  const receipt = await services.runModel(model, write, refs, intervalOf(run.claim), run)
  return wrote(run, model.on, receipt)
}

async function runLoad(run: StepRun, load: Load): Promise<DatasetRef> {
  const from = requiredRefs(run, [load.from.name])[load.from.name]
  if (from === undefined) throw noDataset(run.step.name, load.from.name)
  const write = writeOf(run, 'warehouse', load.into.name, 'main', [inputOf(from)])
  const services = await run.services()
  return wrote(run, 'warehouse', await services.runLoad(load, write, from, run))
}

async function retain(run: StepRun, table: Table, { column, olderThan }: RetainOptions): Promise<{ readonly deleted: number }> {
  const { logicalTime, timeZone } = run.claim
  const before = logicalTime - durationMs(olderThan)
  const write = writeOf(run, 'warehouse', table.name, `retain.${column}`, [])
  const { receipt, deleted } = await (await run.services()).retain({ table, column, before, timeZone }, write, run)
  run.wrote(receipt)
  run.log.info(`${receipt.replayed ? 'already ' : ''}${receipt.reason ?? 'retained'}`, {
    dataset: receipt.dataset,
    column,
    before,
    deleted,
  })
  return { deleted }
}

/** A message is known by batch identity and key, not by generation: clearing a task sends it again only where it says `resend`. */
async function send(run: StepRun, message: Message): Promise<{ readonly queued: number; readonly already: number }> {
  const { key, to, subject, text, html, resend = false } = message
  if (to.length === 0) {
    throw definitionErrors.invalid(`message "${key}" goes to nobody`, {
      facts: { task: run.claim.task, key },
      next: "Name its channels under to, for example [email('ops')].",
    })
  }
  const { batch, generation, project, pipeline, task, runId, logicalTime } = writeOf(
    run,
    'warehouse',
    'public.sluice_outbox',
    resend ? `notify ${run.claim.generation} ${key}` : `notify ${key}`,
    [],
  )
  const counts = await (await run.services()).notify(
    {
      key: `${key}:${batch}`,
      to,
      subject,
      text,
      ...(html === undefined ? {} : { html }),
      facts: { project, pipeline, task, run: runId, logicalTime, generation },
    },
    run,
  )
  run.log.info(`message "${key}": ${counts.queued} queued, ${counts.already} already there`, { ...counts, subject })
  return counts
}

/** Services are opened before the call for a function that takes a context, because `connection` and its kin answer at once. */
async function contextOf(run: StepRun): Promise<TaskContext> {
  const { claim, signal, log } = run
  const refs = refsOf(run)
  const opened = (): ProjectServices => {
    const services = run.openServices()
    if (services === undefined) {
      throw definitionErrors.invalid(`${run.step.name} hides from the engine that it takes a context`, {
        next: 'Write the context as the second parameter of run, without a default value or rest parameters.',
      })
    }
    return services
  }
  if (usesServices(run.step)) await run.services()
  let landedCredits = 0
  const http: HttpClient = { request: async (request) => (await run.services()).http(run).request(request) }
  return {
    run: {
      id: claim.run,
      project: claim.project,
      pipeline: claim.pipeline,
      key: claim.key,
      logicalTime: claim.logicalTime,
      trigger: claim.trigger,
    },
    task: { name: claim.task, attempt: claim.attempt },
    interval: intervalOf(claim),
    timeZone: claim.timeZone,
    params: claim.params,
    signal,
    log,
    lake: {
      land: async (dataset, pages, options) => {
        const write = writeOf(run, 'lake', dataset, options?.write ?? 'main', [])
        const receipt = await (await run.services()).land(write, pages, run)
        if (!receipt.replayed) landedCredits += receipt.credits
        return (await wrote(run, 'lake', receipt)) as DatasetRef<'lake'>
      },
      export: async (dataset, { write: name = 'main', ...request }) => {
        const write = writeOf(run, 'lake', dataset, name, 'batch' in request.from ? [inputOf(request.from)] : [])
        return (await wrote(run, 'lake', await (await run.services()).exportGold(write, request, run))) as DatasetRef<'lake'>
      },
      query: async <Row>(sql: Parameters<TaskContext['lake']['query']>[0]) =>
        (await (await run.services()).lakeQuery(sql, refs, run)) as readonly Row[],
    },
    warehouse: {
      query: async <Row>(sql: Parameters<TaskContext['warehouse']['query']>[0]) =>
        (await (await run.services()).warehouseQuery(sql, refs, run)) as readonly Row[],
      retain: (table, options) => retain(run, table, options),
    },
    notify: { send: (message) => send(run, message) },
    http,
    connection: (name) => opened().connection(name),
    variable: (name) => opened().variable(name),
    secret: (name) => opened().secret(name),
    budget: (name) => taskBudget(opened().budget(name), { pipeline: claim.pipeline, landed: () => landedCredits, log }),
  }
}

/** A function of fewer parameters cannot reach its context, and a pipeline of such functions opens nothing. */
const usesServices = (step: Step): boolean =>
  step.kind === 'task' ? (step as Task<unknown, unknown>).run.length > 1 : (step as Sensor<unknown, unknown>).poll.length > 1

function inputsOf(run: StepRun): Readonly<Record<string, Json | undefined>> {
  const upstream = run.claim.upstream ?? {}
  return Object.fromEntries(Object.entries(run.step.needs).map(([input, step]) => [input, upstream[step.name]]))
}

function refsOf(run: StepRun): Refs {
  const refs: Record<string, DatasetRef> = {}
  for (const [name, output] of Object.entries(run.claim.upstream ?? {})) if (isDatasetRef(output)) refs[name] = output
  return refs
}

function requiredRefs(run: StepRun, names: readonly string[]): Refs {
  const refs = refsOf(run)
  for (const name of names) if (refs[name] === undefined) throw noDataset(run.step.name, name)
  return refs
}

const noDataset = (task: string, above: string): SluiceError =>
  attemptErrors.output(`${task} reads what ${above} wrote, and ${above} gave no dataset`, {
    facts: { task, above },
    next: `Return the dataset reference of lake.land from ${above}.`,
  })

const isDatasetRef = (value: Json | undefined): value is DatasetRef & Json =>
  value !== null && typeof value === 'object' && 'store' in value && 'dataset' in value && 'batch' in value && 'version' in value

const intervalOf = (claim: Claim) => ({ start: claim.intervalStart, end: claim.intervalEnd })

function writeOf({ claim }: StepRun, store: Store, shortName: string, write: string, inputs: readonly InputVersion[]): BatchWrite {
  const { project, pipeline, task } = claim
  const dataset = formatDatasetId(datasetIn(project, store, shortName))
  return {
    project,
    pipeline,
    task,
    runId: claim.run,
    attempt: claim.attempt,
    dataset,
    batch: batchId({ project, pipeline, task, mapKey: null, runKey: claim.key, dataset, write }),
    generation: claim.generation,
    logicalTime: claim.logicalTime,
    inputs,
  }
}

function wrote<S extends Store>(run: StepRun, store: S, receipt: Receipt): DatasetRef<S> {
  run.wrote(receipt)
  const { dataset, batch, generation, version, rowsWritten, rowsQuarantined, rowsIn, replayed, status, reason } = receipt
  run.log.info(`${replayed ? 'already wrote' : 'wrote'} ${dataset}: ${rowsWritten} rows`, {
    batch,
    version,
    status,
    rowsIn,
    rowsQuarantined,
  })
  if (status === 'failed') {
    throw qualityErrors.failed(`the batch of ${dataset} failed: ${reason ?? 'no reason given'}`, {
      facts: { dataset, batch },
      next: 'Look at the quarantined rows and the log.',
    })
  }
  return { store, dataset, batch, generation, version, rows: rowsWritten }
}
