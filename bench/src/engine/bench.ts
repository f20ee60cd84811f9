import { join } from 'node:path'
import { benchServer } from '../database.ts'
import { lease } from '../settings.ts'
import { type Host, startHost } from './host.ts'
import { openPlatform, type Platform } from './platform.ts'
import { type BenchProject, type Sizes, writeProject } from './project.ts'

/** What rows share, each opened for the first row that asks for it. */
export interface Bench extends AsyncDisposable {
  readonly dir: string
  project(): Promise<BenchProject>
  /** The platform of the project on a database of its own, without workers: the same name is the same one. */
  platform(database: string): Promise<Platform>
  /** Two warm workers on the platform `sluice`. */
  host(): Promise<Host>
  databaseUrl(database: string): Promise<string>
}

export function openBench(dir: string, sizes: Sizes): Bench {
  const opened = new AsyncDisposableStack()
  const once = <T extends object>(open: () => Promise<T>): (() => Promise<T>) => {
    let value: Promise<T> | undefined
    return () => (value ??= open())
  }
  const server = once(async () => opened.use(await benchServer(join(dir, 'postgres'))))
  const project = once(() => writeProject(join(dir, 'platform'), sizes))
  const platforms = new Map<string, Promise<Platform>>()
  const databaseUrl = async (name: string): Promise<string> => (await server()).url(name)
  const platform = (name: string): Promise<Platform> => {
    const known = platforms.get(name) ?? databaseUrl(name).then(async (url) => opened.use(await openPlatform([await project()], url)))
    platforms.set(name, known)
    return known
  }
  const host = once(async () => {
    const [{ databaseUrl }, { stateDir }] = [await platform('sluice'), await project()]
    return opened.use(await startHost({ databaseUrl, stateDir, workers: 2, leaseMs: lease() }))
  })
  return { dir, project, platform, host, databaseUrl, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
