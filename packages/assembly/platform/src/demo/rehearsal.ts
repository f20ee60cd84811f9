import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Pipeline } from '@sluice/author'
import type { Json } from '@sluice/core'
import { type InProcessRun, type InProcessTask, manualInterval, runInProcess } from '@sluice/engine'
import { closers } from '@sluice/process'
import type { Settings } from '@sluice/settings'
import { openCapabilities } from '../capabilities/open.ts'
import type { CapabilityOptions } from '../capabilities/options.ts'
import { projectOptions } from '../capabilities/project-options.ts'
import { throwawayDatabase } from '../database/throwaway.ts'
import { loadDefinitions, type ProjectDefinitions } from '../definitions/definitions.ts'
import { loadSettings } from '../settings.ts'
import { prepareStateDir, writeDemoProfile } from '../state/state-dir.ts'
import { duckdbLimits } from '../stores/duckdb.ts'
import { projectWith } from './project-with.ts'
import { type RehearsedLine, tellingLogger } from './rehearsed-line.ts'
import { startSimulators } from './simulators.ts'

export interface RehearsalOptions {
  readonly root: string
  readonly project: string | undefined
  readonly pipeline: string
  /** Run only this task and those above it. */
  readonly until?: string
  readonly logicalTime: number
  readonly params: Readonly<Record<string, Json>>
  readonly onTask: (task: InProcessTask) => void
  readonly onLine: (task: string, line: RehearsedLine) => void
}

/**
 * Runs a pipeline once in this process and leaves nothing behind. There is no metadata database. The warehouse is a throwaway database on
 * the server of the state, and the lake is a temporary folder. Upstreams that have a simulator are simulated.
 */
export async function rehearse(options: RehearsalOptions): Promise<InProcessRun> {
  const { root, pipeline, logicalTime, params } = options
  const settings = await loadSettings({ root })
  await prepareStateDir(settings.stateDir)
  const definitions = await loadDefinitions(settings)
  const of = projectWith(definitions, options)
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-rehearsal-'))
  const opened = closers()
  opened.add(() => rm(stateDir, { recursive: true, force: true }))
  try {
    await prepareStateDir(stateDir)
    await writeDemoProfile(stateDir)
    const simulators = await startSimulators({ ...settings, stateDir, smtpSimulator: null })
    opened.add(simulators.close)
    const warehouse = await throwawayWarehouse(settings, of)
    opened.add(warehouse.drop)
    const rehearsed = await loadSettings({ root, env: { ...process.env, SLUICE_STATE_DIR: stateDir } })
    const { timeZone, name: project } = of
    const file = join(of.versionDir, of.files[pipeline] ?? '')
    const { of: openProject } = openCapabilities({
      stateDir,
      databaseUrl: '',
      options: { lakeUrl: rehearsed.lakeUrl, duckdb: duckdbLimits(1) } satisfies CapabilityOptions,
    })
    const place = { settings: rehearsed, warehouse: warehouse.urls, environment: process.env }
    const { capabilities, secrets = [] } = openProject(project, projectOptions(project, place))
    for (const { close } of capabilities) if (close !== undefined) opened.add(close)
    const definition = ((await import(pathToFileURL(file).href)) as { readonly default: Pipeline }).default
    return await runInProcess(definition, {
      project,
      timeZone,
      capabilities,
      secrets,
      params,
      interval: manualInterval(definition.schedule, logicalTime, timeZone),
      logOf: (task) => tellingLogger((line) => options.onLine(task, line)),
      onTask: options.onTask,
      ...(options.until === undefined ? {} : { until: options.until }),
    })
  } finally {
    await opened.close()
  }
}

interface ThrowawayWarehouse {
  readonly urls: { readonly ownerUrl: string; readonly readerUrl: string }
  drop(): Promise<void>
}

async function throwawayWarehouse(settings: Settings, of: ProjectDefinitions): Promise<ThrowawayWarehouse> {
  const { url, drop } = await throwawayDatabase(settings)
  try {
    const [{ migrateProject }, { warehouseSetup }] = await Promise.all([import('@sluice/warehouse'), import('../stores/prepare.ts')])
    const urls = { ownerUrl: url, readerUrl: url }
    await migrateProject(await warehouseSetup(of, urls), { direction: 'up' })
    return { urls, drop }
  } catch (error) {
    await drop()
    throw error
  }
}
