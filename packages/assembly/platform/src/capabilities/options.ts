import { configErrors } from '@sluice/core'
import type { DuckDBLimits } from '@sluice/lake/capability'
import { receivedSettings, type Settings } from '@sluice/settings'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import { z } from 'zod'

/** What the supervisor sends to each worker process for its capabilities. Plain data that holds secrets. */
export interface CapabilityOptions {
  readonly settings: Settings
  /** By project. */
  readonly warehouses: Readonly<Record<string, WarehouseUrls>>
  readonly duckdb: DuckDBLimits
}

const optionsSchema = z.object({
  settings: z.unknown(),
  warehouses: z.record(z.string(), z.object({ ownerUrl: z.string(), readerUrl: z.string() })),
  duckdb: z.object({ memoryLimitMb: z.number(), threads: z.int() }),
} satisfies Record<keyof CapabilityOptions, z.ZodType>)

/** @throws `config.invalid` for the options of another version of Sluice. No value is shown, since it may be a secret. */
export function receivedOptions(sent: unknown): CapabilityOptions {
  const read = optionsSchema.safeParse(sent)
  if (read.success) return { ...read.data, settings: receivedSettings(read.data.settings) }
  const [issue] = read.error.issues
  const path = issue?.path.join('.') ?? ''
  throw configErrors.invalid(`this process does not understand the options that it was started with: ${path}: ${issue?.message}`, {
    facts: { path },
    next: 'Restart Sluice, so that all its processes run the same version.',
  })
}
