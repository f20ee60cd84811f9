import { resolve } from 'node:path'
import type { Claim } from '../state/claim.ts'
import type { MaskSource } from './attempt-log.ts'
import { type Mask, maskOf } from './masking.ts'
import type { ProjectServices, ServicesModule } from './services.ts'
import type { WorkerOptions } from './worker-protocol.ts'

/** The services of the projects a process works for, opened once, and the masks of their secrets. */
export interface OpenedServices {
  get(): Promise<ProjectServices>
  opened(): ProjectServices | undefined
  readonly masks: MaskSource
}

export interface ServicesCache {
  of(claim: Claim): OpenedServices
  close(): Promise<void>
}

export function servicesCache(options: WorkerOptions): ServicesCache {
  const projects = new Map<string, OpenedServices>()
  return {
    of(claim) {
      const known = projects.get(claim.project) ?? openedLazily(options, claim)
      projects.set(claim.project, known)
      return known
    },
    async close() {
      for (const each of projects.values()) await each.opened()?.close()
    },
  }
}

const nothingSecret: Mask = (text) => text

function openedLazily(options: WorkerOptions, claim: Claim): OpenedServices {
  let services: ProjectServices | undefined
  let mask: Mask | undefined
  let opening: Promise<ProjectServices> | undefined
  const { services: source } = options
  if (source === null) mask = nothingSecret
  const get = (): Promise<ProjectServices> => {
    opening ??= open(options, claim).then(
      (opened) => {
        services = opened
        mask = maskOf(opened.secrets)
        return opened
      },
      (error: unknown) => {
        // The next attempt tries again: a configuration may have been corrected.
        opening = undefined
        throw error
      },
    )
    return opening
  }
  return {
    get,
    opened: () => services,
    masks: {
      known: () => mask,
      ask: async () => {
        if (mask === undefined) await get()
        return mask ?? nothingSecret
      },
    },
  }
}

async function open(options: WorkerOptions, claim: Claim): Promise<ProjectServices> {
  if (options.services === null) return noServices
  const module = (await import(options.services.module)) as ServicesModule
  return await module.openServices({
    project: claim.project,
    timeZone: claim.timeZone,
    stateDir: options.stateDir,
    databaseUrl: options.databaseUrl,
    file: resolve(options.stateDir, claim.file),
    options: options.services.options ?? null,
  })
}

const refuse = (): never => {
  throw new Error('the workers were started without services')
}

/** For pipelines that touch nothing outside. */
const noServices: ProjectServices = {
  secrets: [],
  land: refuse,
  exportGold: refuse,
  lakeQuery: refuse,
  warehouseQuery: refuse,
  runModel: refuse,
  runLoad: refuse,
  retain: refuse,
  notify: refuse,
  http: refuse,
  connection: refuse,
  variable: refuse,
  secret: refuse,
  budget: refuse,
  close: () => Promise.resolve(),
}
