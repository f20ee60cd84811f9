import { backupErrors } from '@sluice/backup'
import { type ErrorRecord, given, toErrorRecord } from '@sluice/core'
import { type BackupJob, backupJobsWait, beginBackupJob, channels, endBackupJob, isUnwanted, lockBackupJobs, Wake } from '@sluice/engine'
import { type Connection, listen, withSession } from '@sluice/postgres'
import { askProcess } from '../ask-process.ts'
import type { JobWork } from './carry-out.ts'
import type { PlatformDatabase } from './databases.ts'
import type { JobReply } from './job-process.ts'

export interface BackupJobsOptions extends Pick<JobWork, 'settings' | 'version'> {
  readonly databaseUrl: string
  readonly databases: () => Promise<readonly PlatformDatabase[]>
  /** For messages to people. The same trouble is reported once. */
  readonly note: (text: string) => void
  /** How often it looks without a notification. Default 15 s. */
  readonly pollMs?: number
}

export interface BackupJobs {
  /** A backup under way is ended, and begins anew where the jobs are looked at next. */
  stop(): Promise<void>
}

/** How often a backup under way is looked after: the task that waits for it may have been cancelled. */
const lookMs = 500

/**
 * Makes the backups that steps and people ask for, one after another, each in a process of its own. Of several such loops on one database
 * one makes them: it holds a lock for as long as it lives, so that what a dead one had begun is begun anew by the next.
 */
export async function startBackupJobs(options: BackupJobsOptions): Promise<BackupJobs> {
  const { databaseUrl, note, pollMs = 15_000 } = options
  const wake = new Wake()
  const stopping = new AbortController()
  const hint = (): void => wake.wake()
  const listener = await listen(databaseUrl, [channels.backup], hint, { onReconnect: hint })
  let trouble = ''
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wake.forget()
      try {
        if (await backupJobsWait(listener.db)) await makeAll(options, stopping.signal)
        trouble = ''
      } catch (error) {
        const { message } = toErrorRecord(error)
        if (message !== trouble && !stopping.signal.aborted) note(`backups: ${message}`)
        trouble = message
      }
      await wake.sleep(stopping.signal.aborted ? 0 : pollMs)
    }
  }
  const looping = loop()
  return {
    stop: async () => {
      stopping.abort()
      wake.wake()
      await looping
      await listener.close()
    },
  }
}

const makeAll = (options: BackupJobsOptions, stopped: AbortSignal): Promise<void> =>
  withSession(options.databaseUrl, async (session) => {
    if (!(await lockBackupJobs(session))) return
    while (!stopped.aborted) {
      const job = await beginBackupJob(session)
      if (job === undefined) return
      const reply = await make(job, session, options, stopped)
      if (reply === undefined) return
      await endBackupJob(session, job.id, 'error' in reply ? { error: reply.error } : reply)
      if ('error' in reply) options.note(`backup ${job.id} failed: ${reply.error.message}`)
    }
  })

/** @returns `undefined` where this loop is to end: the job stays open */
async function make(
  job: BackupJob,
  session: Connection,
  { settings, version, databases }: BackupJobsOptions,
  stopped: AbortSignal,
): Promise<JobReply | undefined> {
  const ending = new AbortController()
  const { root, stateDir, lakeUrl, profile, projects, backup } = settings
  const work: JobWork = {
    job: { kind: job.kind, project: job.project, backup: job.backup, keep: job.keep },
    settings: { root, stateDir, lakeUrl, profile, projects, backup },
    databases: await databases(),
    version,
    now: Date.now(),
  }
  const made = inProcess(work, AbortSignal.any([stopped, ending.signal]))
  let ended = false
  void made.finally(() => {
    ended = true
  })
  const looking = async (): Promise<boolean> => {
    while (!ended) {
      if (await isUnwanted(session, job.id)) {
        ending.abort()
        return true
      }
      await Promise.race([made, new Promise((resolve) => setTimeout(resolve, lookMs))])
    }
    return false
  }
  const unwanted = await looking().catch(async (thrown: unknown) => {
    // Without its session the loop holds no lock: another one may begin the job anew.
    ending.abort()
    await made
    throw thrown
  })
  const reply = await made
  if (unwanted) return { error: toErrorRecord(noLonger(job)) }
  return stopped.aborted && 'error' in reply ? undefined : reply
}

const noLonger = ({ id, run, task }: BackupJob) =>
  backupErrors.ended(`backup ${id} was ended, since the task that asked for it waits no longer`, {
    facts: { job: id, ...given({ run: run ?? undefined, task: task ?? undefined }) },
    next: 'Look at why the task ended: it was cancelled, cleared, or took longer than its timeout.',
  })

/** Never rejects. */
const inProcess = (work: JobWork, signal: AbortSignal): Promise<JobReply> =>
  askProcess<JobReply>(import.meta.resolve('./job-process.ts'), work, { stateDir: work.settings.stateDir, signal }).then(
    (asked) => ('ended' in asked ? { error: processEnded(asked.ended) } : asked.reply),
    (thrown: Error) => ({ error: processEnded(thrown.message) }),
  )

const processEnded = (how: string): ErrorRecord =>
  toErrorRecord(
    backupErrors.ended(`the process of the backup ended: ${how}`, {
      next: 'Ask for the backup again. Where it ended for memory, give the machine more.',
    }),
  )
