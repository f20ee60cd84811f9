import { openWorkerRole, startScheduler, startWorkers } from '@sluice/engine'
import { closers } from '@sluice/process'
import { noMailHint, type Settings } from '@sluice/settings'
import type { PlatformDatabase } from '../backup/databases.ts'
import { startBackupJobs } from '../backup/start-jobs.ts'
import type { CapabilityOptions } from '../capabilities/options.ts'
import { projectOptions } from '../capabilities/project-options.ts'
import { refuseTooManyWorkers } from '../database/sessions.ts'
import { startDelivery } from '../delivery/delivery.ts'
import { languagesOf } from '../delivery/outboxes.ts'
import { type Simulators, startSimulators } from '../demo/simulators.ts'
import { startRunMirror } from '../mirror/run-mirror.ts'
import { withoutSecrets } from '../secrets.ts'
import { loadSettings } from '../settings.ts'
import { duckdbLimits } from '../stores/duckdb.ts'
import type { UrlsByProject } from '../stores/project-stores.ts'

export interface Execution {
  readonly simulators: Simulators | undefined
  /** Resolves when the messages that are due have been tried, and the runs that ended are in the warehouses. */
  deliver(): Promise<void>
  /** Workers finish their tasks, messages are sent, runs are copied to the warehouses; then everything is stopped. */
  stop(): Promise<void>
}

export interface ExecutionOptions {
  readonly settings: Settings
  readonly databaseUrl: string
  readonly warehouses: UrlsByProject
  readonly scheduler: boolean
  /** What backups save, and the version that they name. A server makes them; workers beside it do not. */
  readonly backups?: { readonly databases: () => Promise<readonly PlatformDatabase[]>; readonly version: string }
  /** Whether the scheduler makes the runs of ticks that are due. Default: it does. */
  readonly ticks?: boolean
  /** Start the simulators of the demo profile. A worker beside a server uses those of the server. */
  readonly simulators: boolean
  readonly workers?: number
  /** One worker process, which debuggers of this machine reach at this port. */
  readonly debuggerPort?: number | undefined
  /** For problems outside of tasks. */
  readonly note: (text: string) => void
}

/**
 * Starts what executes tasks: the simulators of the demo profile, the relay of messages, the copier of runs, a scheduler, the workers, in
 * this order. The workers get the settings as they are when the simulators listen.
 */
export async function startExecution(of: ExecutionOptions): Promise<Execution> {
  const { root, stateDir, profile, leaseMs, slots } = of.settings
  const count = of.debuggerPort === undefined ? (of.workers ?? of.settings.workers) : 1
  await refuseTooManyWorkers(of.databaseUrl, {
    workers: count,
    projects: of.settings.projects.length,
    embedded: of.settings.databaseUrl === null,
  })
  const started = closers()
  try {
    const simulators = profile === 'demo' && of.simulators ? await startSimulators(of.settings) : undefined
    if (simulators !== undefined) started.add(simulators.close)
    const settings = simulators === undefined ? of.settings : await loadSettings({ root })
    const delivery = await startDelivery({
      databaseUrl: of.databaseUrl,
      stateDir,
      warehouses: of.warehouses,
      languages: languagesOf(settings.projects),
      mail: settings.mail,
      receivers: settings.receivers,
      noMailHint: (waiting) => noMailHint(waiting, profile),
      note: of.note,
    })
    started.add(delivery.stop)
    const mirror = await startRunMirror({ databaseUrl: of.databaseUrl, warehouses: of.warehouses, note: of.note })
    started.add(mirror.stop)
    if (of.scheduler) {
      const scheduler = await startScheduler({
        databaseUrl: of.databaseUrl,
        ticks: of.ticks ?? true,
        onTrouble: (message) => of.note(`scheduler: ${message}`),
        onRecovery: () => of.note('scheduler: recovered'),
      })
      started.add(() => scheduler.stop())
      if (of.backups !== undefined) {
        const jobs = await startBackupJobs({ ...of.backups, databaseUrl: of.databaseUrl, settings, note: of.note })
        started.add(jobs.stop)
      }
    }
    const role = await openWorkerRole(of.databaseUrl)
    if (role.note !== null) of.note(role.note)
    const workers = await startWorkers({
      databaseUrl: of.databaseUrl,
      workerUrl: role.url,
      ...(role.note === null ? { renewRole: () => openWorkerRole(of.databaseUrl) } : {}),
      stateDir,
      count,
      slots,
      leaseMs,
      // Who debugs saves often: the process, and with it the debugger's connection, is to live through that.
      ...(of.debuggerPort === undefined ? {} : { debuggerPort: of.debuggerPort, maxVersions: 1_000 }),
      onEvent: (event) => {
        if (event.kind === 'printed') of.note(printedLine(event.pid, event.attempts, event.line))
        if (event.kind === 'debuggable') of.note(`debugger: ${event.url} (worker ${event.pid}); tasks have no time limits while it is open`)
        if (event.kind === 'trouble') of.note(`worker: ${event.message}`)
        if (event.kind === 'recovered') of.note('worker: recovered')
      },
      capabilities: {
        module: import.meta.resolve('@sluice/platform/capabilities'),
        options: { lakeUrl: settings.lakeUrl, duckdb: duckdbLimits(count) } satisfies CapabilityOptions,
        optionsOf: (project) => projectOptions(project, { settings, warehouse: of.warehouses[project], environment: process.env }),
      },
      environment: withoutSecrets(process.env, settings),
    })
    started.add(() => workers.stop())
    const deliver = async (): Promise<void> => {
      await Promise.all([mirror.flush(), delivery.flush()])
    }
    return { simulators, deliver, stop: started.close }
  } catch (error) {
    await started.close()
    throw error
  }
}

/** Of several attempts side by side nobody can say whose it is: all are named. */
const printedLine = (pid: number, attempts: readonly string[], line: string): string =>
  `worker ${pid}${attempts.length === 0 ? '' : ` (${attempts.join(', ')})`} printed: ${line}`
