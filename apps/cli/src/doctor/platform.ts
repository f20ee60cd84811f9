import { isSluiceError } from '@sluice/core'
import { loadDefinitions, missingValues, openDatabase, openDuckDB, openOutboxes } from '@sluice/platform'
import { withSession } from '@sluice/postgres'
import { counted } from '@sluice/serve/terminal'
import { checkValues, noMailHint, type Settings } from '@sluice/settings'
import { type Check, fail, ok, warn } from './check.ts'

export const postgres = (settings: Settings): Check => ({
  name: 'PostgreSQL',
  run: async () => {
    const began = performance.now()
    const database = await openDatabase(settings)
    try {
      const version = await withSession(database.adminUrl, async (session) => {
        const [row] = await session.query<{ version: string }>("select current_setting('server_version') as version")
        return row?.version ?? 'unknown'
      })
      return ok(`${version}, ${database.embedded ? 'embedded' : 'external'}, answers after ${Math.round(performance.now() - began)} ms`)
    } finally {
      await database.release()
    }
  },
})

export const duckdb = (settings: Settings): Check => ({
  name: 'DuckDB',
  run: async () => {
    const instance = await openDuckDB(settings.stateDir)
    try {
      const connection = await instance.connect()
      return ok(String(await connection.value('SELECT version()')))
    } finally {
      instance.close()
    }
  },
})

export const definitions = (settings: Settings): Check => ({
  name: 'definitions',
  run: async () => {
    const loaded = await loadDefinitions(settings)
    const errors = loaded.flatMap((each) => each.errors)
    const count = loaded.reduce((sum, { specs }) => sum + specs.length, 0)
    if (errors.length === 0) return ok(`${counted(count, 'pipeline')} in ${counted(loaded.length, 'project')}`)
    return fail(
      `${counted(errors.length, 'error')}, the first in ${errors[0]?.project}/${errors[0]?.file}`,
      'See them all: sluice validate',
    )
  },
})

export const values = (settings: Settings): Check => ({
  name: 'settings',
  run: async () => {
    try {
      checkValues(settings)
    } catch (error) {
      if (!isSluiceError(error)) throw error
      return fail(error.message, error.next ?? '')
    }
    const missing = missingValues(settings)
    if (missing.length === 0) return ok(`profile ${settings.profile ?? 'live'}`)
    return warn(`not set: ${missing.join(', ')}`, `Add them to ${settings.root}/.env, or run "sluice demo".`)
  },
})

/** Without a mail server messages wait. Only those about runs are counted: for the others each warehouse would have to be opened. */
export const mail = (settings: Settings): Check => ({
  name: 'mail',
  run: async () => {
    const { mail: server, profile, stateDir } = settings
    if (server !== null) return ok(`${server.host}:${server.port}, ${server.security}, from ${server.from}`)
    const database = await openDatabase(settings)
    try {
      const outboxes = await openOutboxes({ databaseUrl: database.url, stateDir, warehouses: {} })
      const waiting = await outboxes.waiting().finally(() => outboxes.close())
      if (waiting === 0) return ok('no mail server is set, and no message of a run waits')
      return warn(noMailHint(waiting, profile), 'See them: sluice notify list --state queued')
    } finally {
      await database.release()
    }
  },
})
