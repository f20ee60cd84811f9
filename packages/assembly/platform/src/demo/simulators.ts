import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { configErrors } from '@sluice/core'
import type { Settings } from '@sluice/settings'
import { changeServices } from '../state/services-file.ts'

/** What `start` of a simulator's module gives. */
interface StartedSimulator {
  readonly url: string
  readonly apiKey?: string
  close(): Promise<void>
}

/** What `start` of the simulated mail server gives. */
interface StartedSmtp {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

export interface Simulators {
  /** `<project>/<connection>` -> address. */
  readonly addresses: Readonly<Record<string, { readonly url: string; readonly token?: string }>>
  close(): Promise<void>
}

/** Starts the simulators that the projects name for their connections, and writes their addresses to the services file. */
export async function startSimulators({ root, stateDir, projects, smtpSimulator }: Settings): Promise<Simulators> {
  const started = new Map<string, StartedSimulator>()
  let smtp: StartedSmtp | undefined
  const close = async (): Promise<void> => {
    await Promise.all([...started.values(), ...(smtp === undefined ? [] : [smtp])].map((simulator) => simulator.close()))
    await changeServices(stateDir, ({ simulators = {}, smtp: mail, ...rest }) => ({
      ...rest,
      ...(mail === undefined || mail.port === smtp?.port ? {} : { smtp: mail }),
      simulators: Object.fromEntries(Object.entries(simulators).filter(([key, { url }]) => started.get(key)?.url !== url)),
    }))
  }
  try {
    for (const { dir, project } of projects) {
      for (const [connection, specifier] of Object.entries(project.demo.simulators)) {
        started.set(`${project.name}/${connection}`, await startOne(dir, project.name, connection, specifier))
      }
    }
    if (smtpSimulator !== null) smtp = await startSmtp(root, stateDir, smtpSimulator)
  } catch (error) {
    await close()
    throw error
  }
  const addresses = Object.fromEntries(
    [...started].map(([key, { url, apiKey }]) => [key, { url, ...(apiKey === undefined ? {} : { token: apiKey }) }]),
  )
  const mail = smtp === undefined ? {} : { smtp: { host: smtp.host, port: smtp.port } }
  await changeServices(stateDir, (now) => ({ ...now, ...mail, simulators: { ...now.simulators, ...addresses } }))
  return { addresses, close }
}

async function startOne(dir: string, project: string, connection: string, specifier: string): Promise<StartedSimulator> {
  try {
    const path = createRequire(join(dir, 'package.json')).resolve(specifier)
    const module = (await import(pathToFileURL(path).href)) as { start(options: { port: number; seed: number }): Promise<StartedSimulator> }
    return await module.start({ port: 0, seed: 1 })
  } catch (cause) {
    throw configErrors.invalid(`the simulator of ${project}'s connection "${connection}" does not start: ${(cause as Error).message}`, {
      facts: { project, connection, specifier },
      cause,
      next: `Check demo.simulators.${connection} in the project's sluice.config.ts: a module that exports start({ port, seed }).`,
    })
  }
}

/** The folder in which the demo keeps the mails that it sent, one file each. */
export const mailsDir = (stateDir: string): string => join(stateDir, 'mails')

async function startSmtp(root: string, stateDir: string, specifier: string): Promise<StartedSmtp> {
  try {
    const path = createRequire(join(root, 'package.json')).resolve(specifier)
    const module = (await import(pathToFileURL(path).href)) as {
      start(options: { port: number; tls: 'none'; store: string }): Promise<StartedSmtp>
    }
    return await module.start({ port: 0, tls: 'none', store: mailsDir(stateDir) })
  } catch (cause) {
    throw configErrors.invalid(`the simulator of the mail server does not start: ${(cause as Error).message}`, {
      facts: { specifier },
      cause,
      next: 'Check demo.smtp in the root sluice.config.ts: a module that exports start({ port, tls, store }).',
    })
  }
}
