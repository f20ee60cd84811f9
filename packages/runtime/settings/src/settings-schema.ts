import { configErrors } from '@sluice/core'
import type { Receiver } from '@sluice/notify'
import { z } from 'zod'
import { messageTemplate, projectSchema } from './config-schema.ts'
import { securities } from './platform-keys.ts'
import { type Candidate, type Setting, sources } from './resolve.ts'
import type { Settings } from './settings.ts'

const value = z.union([z.string(), z.number()]).nullable()
const candidate = z.object({ source: z.enum(sources), where: z.string(), value } satisfies Record<keyof Candidate, z.ZodType>)
const setting = z.object({
  key: z.string(),
  env: z.string(),
  secret: z.boolean(),
  value,
  source: z.enum(sources).nullable(),
  where: z.string().nullable(),
  candidates: z.array(candidate),
} satisfies Record<keyof Setting, z.ZodType>)

const mail = z.object({
  host: z.string(),
  port: z.int(),
  security: z.enum(securities),
  user: z.string().optional(),
  password: z.string().optional(),
  from: z.string(),
  timeoutMs: z.number().optional(),
  groups: z.record(z.string(), z.array(z.string())).optional(),
  ca: z.string().optional(),
} satisfies Record<keyof NonNullable<Settings['mail']>, z.ZodType>)

const receiver = z.object({
  url: z.string().nullable(),
  key: z.string().nullable(),
  template: messageTemplate.exactOptional(),
  waitsFor: z.string().exactOptional(),
} satisfies Record<keyof Receiver, z.ZodType>)
const named = z.record(z.string(), receiver)
const receivers = z.object({ slack: named, teams: named, webhook: named, pagerduty: named, opsgenie: named } satisfies Record<
  keyof Settings['receivers'],
  z.ZodType
>)

const listen = z.object({
  host: z.string(),
  allowedHosts: z.array(z.string()),
  trustedProxies: z.array(z.string()),
  tls: z.object({ certificate: z.string(), key: z.string() }).nullable(),
} satisfies Record<keyof Settings['listen'], z.ZodType>)

const most = z.object({ bytes: z.number(), cells: z.int() })
const queries = z.object({
  limits: z.object({ timeoutMs: z.number(), budget: most, file: z.object({ bytes: z.number(), timeoutMs: z.number() }) }),
  turns: z.object({ all: z.int(), kept: z.int(), each: z.int(), waiting: z.int(), waitingMs: z.int() }),
  memoryMb: z.number().nullable(),
} satisfies Record<keyof Settings['queries'], z.ZodType>)

const backup = z.object({
  to: z.string(),
  key: z.string().nullable(),
  keyFile: z.string().nullable(),
} satisfies Record<keyof Settings['backup'], z.ZodType>)

const settingsSchema = z.object({
  root: z.string(),
  port: z.int(),
  listen,
  queries,
  workers: z.int(),
  slots: z.int(),
  leaseMs: z.number(),
  databaseUrl: z.string().nullable(),
  stateDir: z.string(),
  lakeUrl: z.string().nullable(),
  backup,
  profile: z.literal('demo').nullable(),
  mail: mail.nullable(),
  receivers,
  mailGroups: z.array(z.string()),
  smtpSimulator: z.string().nullable(),
  projects: z.array(z.object({ dir: z.string(), project: projectSchema })),
  values: z.array(setting),
  unasked: z.array(z.object({ name: z.string(), line: z.int() })),
} satisfies Record<keyof Settings, z.ZodType>)

/**
 * Checks settings that another process sent.
 * @throws `config.invalid` for settings of another version of Sluice. No value is shown, since it may be a secret.
 */
export function receivedSettings(sent: unknown): Settings {
  const read = settingsSchema.safeParse(sent)
  if (read.success) return read.data as Settings
  const [issue] = read.error.issues
  throw configErrors.invalid(
    `this process does not understand the settings that it was started with: ${issue?.path.join('.')}: ${issue?.message}`,
    {
      facts: { path: issue?.path.join('.') },
      next: 'Restart Sluice, so that all its processes run the same version.',
    },
  )
}
