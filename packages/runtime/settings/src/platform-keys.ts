import { durationMs } from '@sluice/core'
import { z } from 'zod'
import { isHost, isHostName, isNetwork, listOf } from './addresses.ts'

/** A setting of the platform: its variable and its schema, which reads text from the environment, too. */
interface PlatformKey<Value> {
  readonly env: string
  readonly schema: z.ZodType<Value>
  /** What the schema takes, in words, for the message when a value does not fit. */
  readonly expected: string
  readonly secret: boolean
}

const key = <Value>(env: string, schema: z.ZodType<Value>, expected: string, secret = false): PlatformKey<Value> => ({
  env,
  schema,
  expected,
  secret,
})

/** A number in the configuration, digits in the environment. */
const wholeNumber = (min: number, max: number): z.ZodType<number> =>
  z
    .union([z.int(), z.string().regex(/^\d{1,9}$/)])
    .transform(Number)
    .refine((value) => value >= min && value <= max)

/** Timers of Node and PostgreSQL hold 24 days, and a longer one ends at once. */
const longestMs = 86_400_000

const isDuration = (text: string): boolean => {
  try {
    const ms = durationMs(text)
    return ms >= 1_000 && ms <= longestMs
  } catch {
    return false
  }
}

export const securities = ['starttls', 'ssl', 'none'] as const
const sender = /^(?:[^<>@]*<)?[^\s@<>,]+@[^\s@<>,]+>?$/

/** An `@` or `/` in a password as it is would make a part of it the name of the host, which errors show. */
function endsUserinfoOnce(url: string): boolean {
  const [, authority = '', rest = ''] = /^\w+:\/\/([^/?#]*)(.*)$/s.exec(url) ?? []
  return authority.split('@').length <= 2 && !rest.includes('@')
}

export const platformKeys = {
  port: key('SLUICE_PORT', wholeNumber(0, 65_535), 'a port: a whole number up to 65535, 0 for any free one'),
  host: key('SLUICE_HOST', z.string().refine(isHost), 'an address of this machine, such as 127.0.0.1 or 0.0.0.0 for every one'),
  allowedHosts: key(
    'SLUICE_ALLOWED_HOSTS',
    z.string().refine((text) => listOf(text).every(isHostName)),
    'names without scheme and port, separated by commas, such as sluice.example.org',
  ),
  trustedProxies: key(
    'SLUICE_TRUSTED_PROXIES',
    z.string().refine((text) => listOf(text).every(isNetwork)),
    'addresses or networks of proxies, separated by commas, such as 127.0.0.1, 10.0.0.0/8',
  ),
  tlsCertificate: key(
    'SLUICE_TLS_CERTIFICATE',
    z.string().min(1),
    'a file with the certificate and its chain (PEM), absolute or relative to the root',
  ),
  tlsKey: key('SLUICE_TLS_KEY', z.string().min(1), 'a file with the key of the certificate (PEM), absolute or relative to the root'),
  workers: key('SLUICE_WORKERS', wholeNumber(1, 1_024), 'a number of worker processes: a whole number from 1 to 1024'),
  slots: key(
    'SLUICE_SLOTS',
    wholeNumber(1, 1_024),
    'a number of tasks that wait side by side in a worker process: a whole number from 1 to 1024',
  ),
  lease: key('SLUICE_LEASE', z.string().refine(isDuration), "a duration from 1s to 24h, such as '10s'"),
  queryTimeout: key('SLUICE_QUERY_TIMEOUT', z.string().refine(isDuration), "a duration from 1s to 24h, such as '60s'"),
  queryAnswerMb: key('SLUICE_QUERY_ANSWER_MB', wholeNumber(1, 64), 'MiB of one answer: a whole number from 1 to 64'),
  queryAnswerCells: key(
    'SLUICE_QUERY_ANSWER_CELLS',
    wholeNumber(1, 100_000_000),
    'cells of one answer: a whole number from 1 to 100000000',
  ),
  queryFileMb: key('SLUICE_QUERY_FILE_MB', wholeNumber(1, 2 ** 20), 'MiB of one file: a whole number from 1 to 1048576'),
  queryFileTimeout: key('SLUICE_QUERY_FILE_TIMEOUT', z.string().refine(isDuration), "a duration from 1s to 24h, such as '30m'"),
  queryMemoryMb: key(
    'SLUICE_QUERY_MEMORY_MB',
    wholeNumber(128, 2 ** 20),
    'MiB of memory for one query of the lake: a whole number from 128 to 1048576',
  ),
  queriesAtOnce: key('SLUICE_QUERIES_AT_ONCE', wholeNumber(1, 64), 'queries at once, of all people: a whole number from 1 to 64'),
  queriesOfOne: key('SLUICE_QUERIES_OF_ONE', wholeNumber(1, 64), 'queries at once, of one person: a whole number from 1 to 64'),
  queriesWaiting: key('SLUICE_QUERIES_WAITING', wholeNumber(1, 1_000), 'queries of one person that wait: a whole number from 1 to 1000'),
  databaseUrl: key(
    'SLUICE_DATABASE_URL',
    z.string().refine((text) => /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text) && endsUserinfoOnce(text)),
    'a URL such as postgresql://user:password@host:5432/database, in which @ : / ? # of a password stand as %40 %3A %2F %3F %23',
    true,
  ),
  stateDir: key('SLUICE_STATE_DIR', z.string().min(1), 'a folder, absolute or relative to the root'),
  lakeUrl: key(
    'SLUICE_LAKE_URL',
    z.string().regex(/^(s3|gs):\/\/[a-z0-9][a-z0-9._-]+(\/.*)?$/),
    'a bucket such as s3://bucket/prefix or gs://bucket/prefix',
  ),
  backupTo: key(
    'SLUICE_BACKUP_TO',
    z.string().min(1),
    'a folder, absolute or relative to the root, or a bucket such as s3://bucket/prefix or gs://bucket/prefix',
  ),
  backupKeyFile: key(
    'SLUICE_BACKUP_KEY_FILE',
    z.string().min(1),
    'a file that holds the key of the backups, absolute or relative to the root',
  ),
  backupKey: key('SLUICE_BACKUP_KEY', z.string().min(16), 'the key of the backups, at least 16 characters', true),
  smtpHost: key('SLUICE_SMTP_HOST', z.string().min(1), 'the name of a mail server, such as smtp.example.org'),
  smtpPort: key('SLUICE_SMTP_PORT', wholeNumber(1, 65_535), 'a port: a whole number from 1 to 65535; 587 is usual'),
  smtpSecurity: key('SLUICE_SMTP_SECURITY', z.enum(securities), `one of ${securities.join(', ')}`),
  smtpUser: key('SLUICE_SMTP_USER', z.string().min(1), 'the name to sign in to the mail server with'),
  smtpPassword: key('SLUICE_SMTP_PASSWORD', z.string().min(1), 'the password of that name', true),
  mailFrom: key('SLUICE_MAIL_FROM', z.string().regex(sender), "an address such as 'Sluice <sluice@example.org>'"),
} as const

export type PlatformKeyName = keyof typeof platformKeys
export const platformKeyNames = Object.keys(platformKeys) as readonly PlatformKeyName[]
