import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configErrors } from '@sluice/core'
import { z } from 'zod'

export interface SimulatorAddress {
  readonly url: string
  readonly token?: string | undefined
}

export interface SmtpAddress {
  readonly host: string
  readonly port: number
}

/** The running simulators by `<project>/<connection>`, and that of the mail server; `null` outside of the demo profile. */
export type Demo = {
  readonly file: string
  readonly simulators: Readonly<Record<string, SimulatorAddress>>
  readonly smtp: SmtpAddress | null
} | null

const servicesSchema = z.object({
  simulators: z.record(z.string(), z.object({ url: z.url(), token: z.string().optional() })).optional(),
  smtp: z.object({ host: z.string(), port: z.int() }).optional(),
})

/**
 * Reads from the state directory whether this is the demo (`profile` contains `demo`) and where its simulators listen (`services.json`).
 * @throws `config.invalid` when `services.json` is not understood
 */
export async function readDemo(stateDir: string): Promise<Demo> {
  const profile = await readFile(join(stateDir, 'profile'), 'utf8').catch(absent)
  if (profile?.trim() !== 'demo') return null
  const file = join(stateDir, 'services.json')
  const text = await readFile(file, 'utf8').catch(absent)
  if (text === null) return { file, simulators: {}, smtp: null }
  try {
    const { simulators = {}, smtp = null } = servicesSchema.parse(JSON.parse(text))
    return { file, simulators, smtp }
  } catch (cause) {
    throw configErrors.invalid(`${file} does not say where the simulators listen`, {
      cause,
      facts: { file },
      next: 'Delete the file and start the demo again, which writes it.',
    })
  }
}

const absent = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}
