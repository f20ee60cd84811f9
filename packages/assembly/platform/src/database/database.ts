import { join } from 'node:path'
import { ensureDatabase, openServer, urlFor } from '@sluice/postgres'
import { isSameProcess, processMark } from '@sluice/process'
import { embeddedSessions } from './sessions.ts'

export interface Database {
  /** Of the metadata database. */
  readonly url: string
  /** Of a role that may create databases and roles, if the server allows it. */
  readonly adminUrl: string
  readonly embedded: boolean
  /** Whether the process of the embedded server is alive. A server given by URL counts as running. */
  runs(): boolean
  release(): Promise<void>
}

const name = 'sluice'

/** The PostgreSQL that the settings name: a server given by URL, or the embedded one of the state directory, which is started if needed. */
export async function openDatabase(settings: {
  readonly stateDir: string
  readonly databaseUrl: string | null
  readonly workers: number
  readonly projects: readonly unknown[]
}): Promise<Database> {
  if (settings.databaseUrl !== null) {
    const server = await openServer({ dir: join(settings.stateDir, 'postgres'), url: settings.databaseUrl })
    const given = decodeURIComponent(new URL(settings.databaseUrl).pathname.slice(1))
    if (given !== '')
      return { url: settings.databaseUrl, adminUrl: settings.databaseUrl, embedded: false, runs: () => true, release: server.release }
    await ensureDatabase(settings.databaseUrl, name)
    return {
      url: urlFor(settings.databaseUrl, name),
      adminUrl: settings.databaseUrl,
      embedded: false,
      runs: () => true,
      release: server.release,
    }
  }
  const sessions = embeddedSessions({ workers: settings.workers, projects: settings.projects.length })
  const server = await openServer({
    dir: join(settings.stateDir, 'postgres'),
    url: '',
    settings: { max_connections: String(sessions) },
  })
  const adminUrl = server.url('postgres')
  await ensureDatabase(adminUrl, name)
  const pid = server.embedded?.pid ?? 0
  const mark = processMark(pid) ?? ''
  return { url: server.url(name), adminUrl, embedded: true, runs: () => isSameProcess(pid, mark), release: server.release }
}
