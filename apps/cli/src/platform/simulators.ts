import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SluiceError } from '@sluice/core'
import type { ProjectFolder } from '@sluice/engine'
import { changeServices } from './services-file.ts'

/** What a simulator's module exports as `start`. */
interface StartedSimulator {
  readonly url: string
  readonly apiKey?: string
  close(): Promise<void>
}

export interface Simulators {
  /** `<project>/<connection>` -> address. */
  readonly addresses: Readonly<Record<string, { readonly url: string; readonly token?: string }>>
  close(): Promise<void>
}

/** Starts the stand-ins that the projects name for their connections and writes their addresses where the workers look. */
export async function startSimulators(stateDir: string, projects: readonly ProjectFolder[]): Promise<Simulators> {
  const started = new Map<string, StartedSimulator>()
  const close = async (): Promise<void> => {
    await Promise.all([...started.values()].map((simulator) => simulator.close()))
    await changeServices(stateDir, ({ simulators = {}, ...rest }) => ({
      ...rest,
      simulators: Object.fromEntries(Object.entries(simulators).filter(([key, { url }]) => started.get(key)?.url !== url)),
    }))
  }
  try {
    for (const { dir, project } of projects) {
      for (const [connection, specifier] of Object.entries(project.demo.simulators)) {
        started.set(`${project.name}/${connection}`, await startOne(dir, project.name, connection, specifier))
      }
    }
  } catch (error) {
    await close()
    throw error
  }
  const addresses = Object.fromEntries(
    [...started].map(([key, { url, apiKey }]) => [key, { url, ...(apiKey === undefined ? {} : { token: apiKey }) }]),
  )
  await changeServices(stateDir, (now) => ({ ...now, simulators: { ...now.simulators, ...addresses } }))
  return { addresses, close }
}

async function startOne(dir: string, project: string, connection: string, specifier: string): Promise<StartedSimulator> {
  try {
    const path = createRequire(join(dir, 'package.json')).resolve(specifier)
    const module = (await import(pathToFileURL(path).href)) as { start(options: { port: number; seed: number }): Promise<StartedSimulator> }
    return await module.start({ port: 0, seed: 1 })
  } catch (cause) {
    throw new SluiceError(
      'config.invalid',
      `the simulator of ${project}'s connection "${connection}" does not start: ${(cause as Error).message}`,
      {
        facts: { project, connection, specifier },
        cause,
        next: `Check demo.simulators.${connection} in the project's sluice.config.ts: a module that exports start({ port, seed }).`,
      },
    )
  }
}
