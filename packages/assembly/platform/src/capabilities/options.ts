import { configErrors } from '@sluice/core'
import type { DuckDBLimits } from '@sluice/lake/capability'
import { receivedSettings, type Settings } from '@sluice/settings'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import { z } from 'zod'

/** What the supervisor sends to each worker process for its capabilities. */
export interface CapabilityOptions {
  readonly lakeUrl: string | null
  readonly duckdb: DuckDBLimits
}

/** What it sends once the process has claimed a task of the project. Plain data that holds secrets, of that project alone. */
export interface ProjectOptions {
  /** As `settingsOfProject` leaves them. */
  readonly settings: Settings
  readonly warehouse: WarehouseUrls | null
  /** Variables of the supervisor's environment that name the project's secrets. */
  readonly environment: Readonly<Record<string, string>>
}

const optionsSchema = z.object({
  lakeUrl: z.string().nullable(),
  duckdb: z.object({ memoryLimitMb: z.number(), threads: z.int() }),
} satisfies Record<keyof CapabilityOptions, z.ZodType>)

const projectSchema = z.object({
  settings: z.unknown(),
  warehouse: z.object({ ownerUrl: z.string(), readerUrl: z.string() }).nullable(),
  environment: z.record(z.string(), z.string()),
} satisfies Record<keyof ProjectOptions, z.ZodType>)

/** @throws `config.invalid` for the options of another version of Sluice */
export const receivedOptions = (sent: unknown): CapabilityOptions => received(optionsSchema, sent)

/** @throws as `receivedOptions` */
export function receivedProject(sent: unknown): ProjectOptions {
  const read = received(projectSchema, sent)
  return { ...read, settings: receivedSettings(read.settings) }
}

/** No value is shown, since it may be a secret. */
function received<T>(schema: z.ZodType<T>, sent: unknown): T {
  const read = schema.safeParse(sent)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const path = issue?.path.join('.') ?? ''
  throw configErrors.invalid(`this process does not understand the options that it was started with: ${path}: ${issue?.message}`, {
    facts: { path },
    next: 'Restart Sluice, so that all its processes run the same version.',
  })
}
