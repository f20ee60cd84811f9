import { join } from 'node:path'
import type { NotificationDetail, NotificationFilter, NotificationSummary, PostgresOutbox } from '@sluice/notify'
import { openPool, type Pool } from '@sluice/postgres'
import type { Settings } from '@sluice/settings'
import { aboutMessages, runMessage } from './run-message.ts'

export interface OutboxesOptions {
  readonly databaseUrl: string
  /** Where the logs are. */
  readonly stateDir: string
  /** Owner URL of the warehouse by project. */
  readonly warehouses: Readonly<Record<string, { readonly ownerUrl: string }>>
  /** Of the messages, by project; English where it is not there. */
  readonly languages?: Readonly<Record<string, string>>
}

/** Of each project, for its messages. */
export const languagesOf = (projects: Settings['projects']): Readonly<Record<string, string>> =>
  Object.fromEntries(projects.map(({ project: { name, language } }) => [name, language]))

/** The outbox of the engine and those of all warehouses, as one. */
export interface Outboxes {
  readonly all: readonly PostgresOutbox[]
  /** Newest first; at most `limit`, 50 unless given. */
  list(filter?: NotificationFilter): Promise<readonly NotificationSummary[]>
  /** The message of a key; of the project where several have one of that key. */
  find(key: string, project?: string): Promise<NotificationDetail | undefined>
  /** Queues failed messages again, those of `keys` or all. Returns how many. */
  retry(keys?: readonly string[]): Promise<number>
  /** How many wait to be sent. */
  waiting(): Promise<number>
  close(): Promise<void>
}

const engineTable = { schema: 'sluice', table: 'outbox' } as const

/** Connects to a database at the first question. */
export async function openOutboxes({ databaseUrl, stateDir, warehouses, languages = {} }: OutboxesOptions): Promise<Outboxes> {
  const { postgresOutbox } = await import('@sluice/notify')
  const poolOf = (url: string): Pool => openPool(url, { max: 3, applicationName: 'sluice relay' })
  const enginePool = poolOf(databaseUrl)
  const engine = postgresOutbox({
    name: 'runs',
    pool: enginePool,
    table: engineTable,
    message: (row) => runMessage(enginePool, row, { logs: (path) => join(stateDir, path), languages }),
  })
  const projects = Object.entries(warehouses).map(([project, { ownerUrl }]) => {
    const pool = poolOf(ownerUrl)
    return { project, pool, outbox: postgresOutbox({ name: project, pool, language: () => languages[project] ?? 'en' }) }
  })
  const all = [engine, ...projects.map(({ outbox }) => outbox)]

  const ofRuns = async (filter: NotificationFilter): Promise<readonly NotificationSummary[]> => {
    const listed = await engine.list(filter)
    const about = await aboutMessages(
      enginePool,
      listed.map(({ key }) => key),
      languages,
    )
    return listed.map((each) => {
      const { project = '', subject = null } = about.get(each.key) ?? {}
      return { ...each, about: 'runs', project, subject }
    })
  }
  return {
    all,
    list: async (filter = {}) => {
      const limit = Math.max(1, Math.min(filter.limit ?? 50, 500))
      const inData = projects.filter(({ project }) => filter.project === undefined || project === filter.project)
      // How many of the engine's messages belong to the project is not known before they are read.
      const ofEngine = await ofRuns({ ...filter, limit: filter.project === undefined ? limit : 500 })
      const ofData = await Promise.all(
        inData.map(async ({ project, outbox }): Promise<readonly NotificationSummary[]> => {
          const listed = await whenThere(() => outbox.list({ ...filter, limit }), [])
          return listed.map((each) => ({ ...each, about: 'data', project }))
        }),
      )
      return [...ofEngine.filter(({ project }) => filter.project === undefined || project === filter.project), ...ofData.flat()]
        .sort((a, b) => b.createdAt - a.createdAt)
        .slice(0, limit)
    },
    find: async (key, project) => {
      const found: NotificationDetail[] = []
      const ofRun = await engine.find(key)
      const about = ofRun === undefined ? undefined : (await aboutMessages(enginePool, [key], languages)).get(key)
      if (ofRun !== undefined && about !== undefined) found.push({ ...ofRun, about: 'runs', project: about.project })
      for (const { project, outbox } of projects) {
        const ofData = await whenThere(() => outbox.find(key), undefined)
        if (ofData !== undefined) found.push({ ...ofData, about: 'data', project })
      }
      return found
        .map((each) => ({ ...each, subject: each.message.subject }))
        .find((each) => project === undefined || each.project === project)
    },
    retry: async (keys) => {
      let retried = 0
      for (const outbox of all) retried += await whenThere(() => outbox.retry(keys), 0)
      return retried
    },
    waiting: async () => {
      const counts = [
        await whenThere(() => waitingIn(enginePool, 'sluice.outbox'), 0),
        ...(await Promise.all(projects.map(({ pool }) => whenThere(() => waitingIn(pool, 'public.sluice_outbox'), 0)))),
      ]
      return counts.reduce((sum, count) => sum + count, 0)
    },
    close: async () => {
      await Promise.all([enginePool, ...projects.map(({ pool }) => pool)].map((pool) => pool.end()))
    },
  }
}

const [undefinedTable, undefinedColumn] = ['42P01', '42703']

const waitingIn = async (pool: Pool, table: 'sluice.outbox' | 'public.sluice_outbox'): Promise<number> => {
  const sql = `select count(*)::int as n from ${table} where delivered_at is null and failed_at is null`
  return (await pool.query<{ n: number }>(sql))[0]?.n ?? 0
}

/** A database without its migrations has no outbox, so it has no messages. */
async function whenThere<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const { sqlstate } = (error as { facts?: { sqlstate?: string } }).facts ?? {}
    if (sqlstate === undefinedTable || sqlstate === undefinedColumn) return otherwise
    throw error
  }
}
