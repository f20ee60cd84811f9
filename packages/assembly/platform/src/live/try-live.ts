import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { graphOf, type Pipeline } from '@sluice/author'
import { bugErrors, type Instant, type Json, maskOf } from '@sluice/core'
import { type InProcessTask, runInProcess } from '@sluice/engine'
import type { Lake } from '@sluice/lake'
import { stateLakes } from '@sluice/lake/capability'
import { untoldCapability } from '@sluice/notify/capability'
import { closers } from '@sluice/process'
import type { Client } from '@sluice/serve/client'
import { projectOf, type Settings } from '@sluice/settings'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import { openCapabilities } from '../capabilities/open.ts'
import type { CapabilityOptions } from '../capabilities/options.ts'
import { projectOptions } from '../capabilities/project-options.ts'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { projectWith } from '../demo/project-with.ts'
import { type RehearsedLine, tellingLogger } from '../demo/rehearsed-line.ts'
import { secretsOf } from '../secrets.ts'
import { duckdbLimits } from '../stores/duckdb.ts'
import { externalOf, findRun, ledgerOf } from './find-run.ts'
import { type FirstRows, firstRowsOf } from './first-rows.ts'
import { planLive, refusalOf } from './plan-live.ts'

export interface LiveOptions {
  readonly platform: {
    readonly settings: Settings
    definitions(): Promise<readonly ProjectDefinitions[]>
    warehouseUrls(): Promise<Readonly<Record<string, WarehouseUrls>>>
  }
  /** Asked for runs and receipts: a server's where one runs. */
  readonly client: Client
  readonly project: string | undefined
  readonly pipeline: string
  readonly task: string
  /** Default: the newest of the pipeline that succeeded. */
  readonly run?: string | undefined
  /** These come before those of the run. */
  readonly params: Readonly<Record<string, Json>>
  /** Told before the task begins. */
  readonly onRun: (run: { readonly id: string; readonly logicalTime: Instant }) => void
  readonly onLine: (line: RehearsedLine) => void
}

export interface LiveTask extends InProcessTask {
  /** Whose time, params and batches it was given. */
  readonly run: string
  readonly logicalTime: Instant
  readonly firstRows: readonly FirstRows[]
}

/**
 * Runs one task of the definitions as they are now, in this process, as of a run of the past. It reads the lake and, as the reader, the
 * warehouse as they are. It writes into a copy of the lake, which is taken away, and sends nothing.
 * @throws `request.invalid` for a step that writes the warehouse, and a lake in a bucket; as `planLive`
 */
export async function tryLive(options: LiveOptions): Promise<LiveTask> {
  const { platform, client, pipeline, task } = options
  const { settings } = platform
  const found = projectWith(await platform.definitions(), { project: options.project, pipeline, until: task })
  const project = found.name
  const definition = (
    (await import(pathToFileURL(join(found.versionDir, found.files[pipeline] ?? '')).href)) as { readonly default: Pipeline }
  ).default
  const { spec, steps } = graphOf(definition)
  const wanted = spec.tasks.find(({ name }) => name === task)
  const refusal = wanted === undefined ? undefined : refusalOf(wanted, settings.lakeUrl)
  if (refusal !== undefined) throw refusal

  const run = await findRun(client, { project, pipeline, ...(options.run === undefined ? {} : { run: options.run }) })
  const external = await Promise.all(externalOf(spec, task, project).map((dataset) => ledgerOf(client, { dataset })))
  const ledger = await ledgerOf(client, { run: run.id })
  const plan = planLive({ spec, task, run, ledger, external: external.flat(), params: options.params })
  options.onRun(run)

  const opened = closers()
  try {
    const { linkedCopy } = await import('@sluice/lake')
    const copy = await linkedCopy(settings.stateDir, project)
    opened.add(copy.remove)
    const duckdb = duckdbLimits(1)
    const lakes = stateLakes({ stateDir: copy.stateDir, lakeUrl: null, duckdb })
    opened.add(lakes.close)
    const readerUrl = (await platform.warehouseUrls())[project]?.readerUrl
    const { of: openProject } = openCapabilities({
      stateDir: copy.stateDir,
      databaseUrl: '',
      options: { lakeUrl: null, duckdb } satisfies CapabilityOptions,
    })
    const warehouse = readerUrl === undefined ? undefined : { ownerUrl: readerUrl, readerUrl }
    const { capabilities, secrets = [] } = openProject(project, projectOptions(project, { settings, warehouse, environment: process.env }))
    for (const { close } of capabilities) if (close !== undefined) opened.add(close)
    const all = [...new Set([...secrets, ...secretsOf(settings)])]
    const untold = untoldCapability({ mask: maskOf(all) })
    const { tasks } = await runInProcess(definition, {
      project,
      timeZone: found.timeZone,
      capabilities: capabilities.map((each) => (each.name === untold.name ? untold : each)),
      secrets: all,
      runId: plan.run,
      key: plan.key,
      trigger: plan.trigger,
      interval: plan.interval,
      generation: plan.generation,
      params: plan.params,
      history: plan.history,
      alone: { task, outputs: plan.outputs },
      logOf: () => tellingLogger(options.onLine),
    })
    const [ended] = tasks
    if (ended === undefined) throw bugErrors.unreachable(`${task} is not among the tasks that ran`)
    const { receipts } = ended
    const looksAt = receipts.some(({ replayed, rowsWritten }) => !replayed && rowsWritten > 0)
    const lake = (): Promise<Lake> => lakes.of(project, projectOf(settings, project).project.lake)
    const of = { receipts, fills: steps.get(task)?.fills ?? [], logicalTime: run.logicalTime }
    return { ...ended, run: run.id, logicalTime: run.logicalTime, firstRows: looksAt ? await firstRowsOf(await lake(), of) : [] }
  } finally {
    await opened.close()
  }
}
