import { setTimeout as delay } from 'node:timers/promises'
import { configErrors, type SluiceError } from '@sluice/core'
import { type Connection, sessionSettings, withSession } from './connection.ts'
import { oldestMajor } from './embedded/binaries.ts'
import { postgresErrors } from './errors.ts'
import { goDirectly } from './fault.ts'

/**
 * Refuses what would lose or change values in silence: a server that is too old, a database whose encoding cannot hold every text, a pooler
 * that hands the statements of one session to several ones of the server or keeps the session's settings from it.
 * @throws `config.invalid`
 */
export async function refuseUnfit(url: string, session: Connection): Promise<void> {
  const [about] = await session.query<About & Record<string, unknown>>(aboutSql, [Object.keys(sessionSettings)])
  if (about === undefined) return
  const fault = unfit(about)
  if (fault !== undefined) throw fault
  if (about.pid !== keyOf(session) && (await sharesSessions(url, session))) throw pooled(pooledByTransaction)
  const lost = Object.entries(sessionSettings).filter(([name, value]) => about.settings[name] !== value)
  if (lost.length > 0)
    throw pooled(`between here and PostgreSQL the settings of the session get lost (${lost.map(([name]) => name).join(', ')})`)
}

interface About {
  readonly version: number
  readonly database: string
  readonly encoding: string
  readonly pid: number
  readonly settings: Readonly<Record<string, string>>
}

const aboutSql = `
select current_setting('server_version_num')::int as version, current_database() as database,
  current_setting('server_encoding') as encoding, pg_backend_pid() as pid,
  (select jsonb_object_agg(name, current_setting(name)) from unnest($1::text[]) as name) as settings`

function unfit({ version, database, encoding }: About): SluiceError | undefined {
  if (version < oldestMajor * 10_000) {
    return configErrors.invalid(`the PostgreSQL server is version ${Math.trunc(version / 10_000)}, at least ${oldestMajor} is needed`, {
      facts: { version },
      next: 'Use a newer server, or leave the URL out to use the embedded one.',
    })
  }
  if (encoding === 'UTF8') return undefined
  return configErrors.invalid(`the database ${database} is encoded in ${encoding}, which does not hold every text; UTF8 is needed`, {
    facts: { database, encoding },
    next: `Name a database that is not there yet, which is made in UTF8, or make one: create database ... template template0 encoding 'UTF8' locale 'C'.`,
  })
}

/** What the server said at the start of the session, where a pooler does not say something of its own. */
const keyOf = ({ native }: Connection): number | null => (native as unknown as { readonly processID: number | null }).processID

const patienceMs = 5_000

/** A pooler that gives a session of the server to one transaction only gives it to the next one, whosesoever that is. */
async function sharesSessions(url: string, session: Connection): Promise<boolean> {
  const pidOf = async (one: Connection): Promise<number | undefined> =>
    (await one.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid
  const compare = withSession(url, async (other) => {
    for (let round = 0; round < 5; round++) {
      const mine = await pidOf(session)
      if (!(await begins(other))) return true
      const shared = (await pidOf(other)) === mine || (await pidOf(session)) !== mine
      await other.query('commit')
      if (shared) return true
    }
    return false
  })
  compare.catch(() => undefined)
  // A pooler that has no second session to give lets its client wait: then this one has its session for itself.
  return await Promise.race([compare, delay(patienceMs, false, { ref: false })])
}

/** A pooler in mode statement lets nobody begin a transaction. */
async function begins(session: Connection): Promise<boolean> {
  try {
    await session.query('begin')
    return true
  } catch (error) {
    if (postgresErrors.failed.is(error)) return false
    throw error
  }
}

const pooledByTransaction =
  'between here and PostgreSQL a pooler gives the statements of one session to several sessions of the server (pool mode transaction or statement)'

const pooled = (message: string): SluiceError => configErrors.invalid(message, { next: goDirectly })
