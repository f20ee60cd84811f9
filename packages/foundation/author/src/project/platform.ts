import type { Receivers } from './receiver.ts'

/** The platform's settings as written in the root `sluice.config.ts`; each can be overridden by the environment or `.env`. */
export interface Platform {
  readonly kind: 'platform'
  /** Folders of projects, relative to the root. */
  readonly projects: readonly string[]
  /** Addresses, separated by commas, by the name that `email('name')` may use in place of them. */
  readonly mailGroups: Readonly<Record<string, string>>
  readonly receivers: Receivers
  readonly demo: PlatformDemo
  readonly settings: PlatformSettings
}

export interface PlatformDemo {
  /** Module that stands in for the mail server: it exports `start({ port, tls, store })`. */
  readonly smtp: string | undefined
}

export interface PlatformSettings {
  readonly port?: number
  /** An address of this machine to listen at; 127.0.0.1 unless given, where this machine alone reaches it. */
  readonly host?: string
  /** Names under which browsers may reach the server, separated by commas: `sluice.example.org`. */
  readonly allowedHosts?: string
  /** Addresses and networks of proxies whose word on who asks is taken, separated by commas. */
  readonly trustedProxies?: string
  /** Files of a certificate with its chain and of its key (PEM), absolute or relative to the root. */
  readonly tlsCertificate?: string
  readonly tlsKey?: string
  /** Worker processes; as many as there are cores unless given. */
  readonly workers?: number
  /** Tasks that wait for something, side by side in one worker process; 32 unless given. */
  readonly slots?: number
  /** Time of a query that somebody types; 60s unless given. */
  readonly queryTimeout?: string
  /** Of its answer on a screen, MiB and cells; 16 and 1,000,000 unless given. What is over is left out, and the answer says so. */
  readonly queryAnswerMb?: number
  readonly queryAnswerCells?: number
  /** Of a file with all of its rows, MiB and time; 8192 and 30m unless given. A larger one is an error. */
  readonly queryFileMb?: number
  readonly queryFileTimeout?: string
  /** Memory for one query of the lake, MiB; by the memory of the machine unless given. */
  readonly queryMemoryMb?: number
  /** Queries at once of all people, 4 unless given (an admin has one more); of one person, 2; and how many of one person wait, 10. */
  readonly queriesAtOnce?: number
  readonly queriesOfOne?: number
  readonly queriesWaiting?: number
  readonly lease?: string
  /** Where backups go: a folder (`backups` unless given) or a bucket such as `s3://bucket/prefix`. */
  readonly backupTo?: string
  /** The file with the key that encrypts them; they are not encrypted without. */
  readonly backupKeyFile?: string
  readonly databaseUrl?: string
  readonly stateDir?: string
  /** `s3://bucket/prefix` or `gs://bucket/prefix`; a folder of the state unless given. */
  readonly lakeUrl?: string
  readonly smtpHost?: string
  readonly smtpPort?: number
  /** `starttls` unless given: upgrades or fails. `none` never encrypts. */
  readonly smtpSecurity?: 'starttls' | 'ssl' | 'none'
  readonly smtpUser?: string
  readonly mailFrom?: string
}

/** What is said of a platform beside its projects. */
export interface PlatformOptions extends PlatformSettings {
  readonly mailGroups?: Readonly<Record<string, string>>
  /** Where messages go beside mailboxes: `{ slack: { ops: { url: secret('OPS_SLACK_URL') } } }`. */
  readonly receivers?: Receivers
  readonly demo?: Partial<PlatformDemo>
}

/** The platform: the default export of the root `sluice.config.ts`. */
export const platform = (definition: PlatformOptions & { readonly projects: readonly string[] }): Platform => {
  const { projects, mailGroups = {}, receivers = {}, demo = {}, ...settings } = definition
  return Object.freeze({ kind: 'platform', projects, mailGroups, receivers, demo: { smtp: demo.smtp }, settings })
}

/** A project whose `sluice.config.ts` stands at the root is a platform of that project alone. */
export const platformOfOne = (options: PlatformOptions | undefined): Platform => platform({ projects: ['.'], ...options })
