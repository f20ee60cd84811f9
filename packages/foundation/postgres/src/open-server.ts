import { parseUrl, withSession } from './connection.ts'
import { type AcquireOptions, acquireServer, type Credentials, type Server } from './embedded/server.ts'
import { refuseUnfit } from './fitness.ts'

/** A PostgreSQL, wherever it runs. */
export interface DatabaseServer {
  /** The embedded server, `undefined` for one given by URL. */
  readonly embedded: Server | undefined
  /** The URL of a database for a role; default is the superuser, or the user of the URL that was given. */
  url(database: string, role?: Credentials): string
  release(): Promise<void>
}

/**
 * The server of `url` (default: `SLUICE_DATABASE_URL`), which must answer now and be fit (`refuseUnfit`: PostgreSQL 16 or newer, UTF8, no
 * pooler that shares sessions); without one the embedded server of `dir`.
 */
export async function openServer(options: AcquireOptions & { readonly url?: string | undefined }): Promise<DatabaseServer> {
  const { url = process.env.SLUICE_DATABASE_URL, ...embedded } = options
  if (!url) {
    const server = await acquireServer(embedded)
    return { embedded: server, url: server.url, release: server.release }
  }
  await withSession(url, (session) => refuseUnfit(url, session))
  return { embedded: undefined, url: (database, role) => urlFor(url, database, role), release: async () => undefined }
}

/** Another database, and another role, on the server of a URL. */
export function urlFor(url: string, database: string, role?: Credentials): string {
  const parsed = parseUrl(url)
  parsed.pathname = `/${encodeURIComponent(database)}`
  if (role !== undefined) {
    parsed.username = encodeURIComponent(role.user)
    parsed.password = encodeURIComponent(role.password)
  }
  return parsed.href
}
