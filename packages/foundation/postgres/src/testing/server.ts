import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { configErrors, given } from '@sluice/core'
import { acquireServer, type Server } from '../embedded/server.ts'
import { folderForTests } from './folder-for-tests.ts'
import { keep } from './keep.ts'
import { killPostmaster } from './kill.ts'

/**
 * Tests kill processes, not machines: without fsync a killed postmaster still loses nothing, and clones are several times faster. Shared
 * memory as files of the cluster goes with it; a killed server would leave segments in /dev/shm.
 */
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  shared_buffers: '128MB',
  max_wal_size: '256MB',
  dynamic_shared_memory_type: 'mmap',
}

export type TestServer = Pick<Server, 'dir' | 'pid' | 'port' | 'superuser' | 'url'>

const shared = new Map<string, Promise<TestServer>>()

/**
 * The server that all test files of this checkout and this user share, in whatever processes they run. It ends by itself shortly after its
 * last process, and is never killed or restarted by a test (`startPrivateServer` is for that). One a folder of programs: another version of
 * PostgreSQL is another server.
 */
export function startTestServer({ bindir }: { readonly bindir?: string } = {}): Promise<TestServer> {
  const known = shared.get(bindir ?? '') ?? acquireShared(bindir)
  shared.set(bindir ?? '', known)
  return known
}

async function acquireShared(bindir: string | undefined): Promise<TestServer> {
  const uid = process.getuid?.() ?? 0
  const version = createHash('sha256')
    .update(JSON.stringify([import.meta.url, settings, bindir]))
    .digest('hex')
    .slice(0, 10)
  const dir = join(await folderForTests(), `sluice-test-postgres-${uid}-${version}`)
  await mkdir(dir, { recursive: true, mode: 0o755 })
  if ((await stat(dir)).uid !== uid) throw configErrors.invalid(`${dir} belongs to another user`, { next: 'Remove it, or set TMPDIR.' })
  const server = await acquireServer({ dir, settings, ...given({ bindir }) })
  await keep(dir, 'shared')
  return server
}

export interface PrivateServer extends TestServer {
  /** Kills the postmaster with SIGKILL and waits until it and its sessions are gone. */
  kill(): Promise<void>
  /** Stops it if it runs, and starts it on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
  /** Ends it and removes its files. */
  drop(): Promise<void>
}

/** A server of one's own, to be killed and restarted. Takes half a second; files and processes go with `drop()` or with this process. */
export async function startPrivateServer(): Promise<PrivateServer> {
  const dir = await mkdtemp(join(await folderForTests(), 'sluice private postgres '))
  let server = await acquireServer({ dir, settings })
  await keep(dir, 'private')
  const { port } = server
  return {
    dir,
    port,
    superuser: server.superuser,
    url: server.url,
    get pid() {
      return server.pid
    },
    kill: () => killPostmaster(server.pid),
    restart: async () => {
      await server.stop()
      server = await acquireServer({ dir, settings, preferredPort: port })
    },
    stop: () => server.stop(),
    drop: async () => {
      await server.stop()
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
