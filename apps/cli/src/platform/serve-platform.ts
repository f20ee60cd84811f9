import { checkValues } from '@sluice/engine'
import { serveHttp } from '@sluice/serve'
import type { Output } from '../cli/output.ts'
import { steps } from '../cli/steps.ts'
import { closers } from './closers.ts'
import { keepDatabase } from './keep-database.ts'
import { acquireLock } from './lock.ts'
import { openPlatform, type Platform } from './platform.ts'
import { changeServices } from './services-file.ts'
import { prepareStateDir } from './state-dir.ts'

export interface ServerPlatform {
  readonly platform: Platform
  readonly url: string
  /** A new one-time link. */
  loginUrl(): string
  close(): Promise<void>
}

export interface ServerOptions {
  readonly root: string
  /** The configured one unless given. */
  readonly port: number | undefined
  /** Another free port instead of a failure when that one is taken. */
  readonly anyPort?: boolean
  readonly output: Output
}

/**
 * The whole platform of a state directory in this process: lock, PostgreSQL, definitions, warehouses, simulators, scheduler, workers, HTTP. The port
 * is taken before anything is executed, so that a start that fails for it has done nothing.
 */
export async function openServerPlatform({ root, port, anyPort = false, output }: ServerOptions): Promise<ServerPlatform> {
  const opened = closers()
  try {
    const platform = await openPlatform({ root, note: output.note, serving: true })
    checkValues(platform.settings)
    const { stateDir } = platform.settings
    await prepareStateDir(stateDir)
    const lock = await acquireLock(stateDir)
    opened.add(lock.release)
    opened.add(platform.close)
    const http = await listen(platform, port ?? platform.settings.port, anyPort)
    opened.add(http.close)
    const step = steps(output)
    const database = await step('PostgreSQL', platform.database)
    const keeper = keepDatabase(platform.settings, database, output.note)
    opened.add(keeper.close)
    await step('definitions', platform.definitions)
    await step('warehouses', platform.prepareWarehouses)
    await step(platform.settings.profile === 'demo' ? 'simulators, scheduler, workers' : 'scheduler, workers', platform.ensureExecution)
    await lock.listening(http.url)
    await changeServices(stateDir, (now) => ({ ...now, api: { url: http.url, pid: process.pid } }))
    opened.add(() => changeServices(stateDir, ({ api: _, ...rest }) => rest))
    return { platform, url: http.url, loginUrl: () => `${http.url}/login?code=${platform.access.issueLoginCode()}`, close: opened.close }
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function listen(platform: Platform, port: number, anyPort: boolean) {
  try {
    return await serveHttp(platform.app, { port })
  } catch (error) {
    if (anyPort && error instanceof Error && 'code' in error && error.code === 'port.in_use')
      return await serveHttp(platform.app, { port: 0 })
    throw error
  }
}
