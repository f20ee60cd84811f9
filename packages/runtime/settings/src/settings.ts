import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import type { Project } from '@sluice/author'
import { durationMs } from '@sluice/core'
import type { EmailSettings, ReceiverBook } from '@sluice/notify'
import { type BackupSettings, backupSettings } from './backup-settings.ts'
import type { OpenConfigLoader } from './config-loader.ts'
import { readDemo } from './demo.ts'
import { parseEnvFile } from './env-file.ts'
import { type ListenSettings, listenSettings } from './listen-settings.ts'
import { mailSettings } from './mail-settings.ts'
import { platformSettings } from './platform-settings.ts'
import { projectSettings } from './project-settings.ts'
import { type QuerySettings, querySettings } from './query-settings.ts'
import { projectDirOf, readConfig } from './read-config.ts'
import { receiverSettings } from './receiver-settings.ts'
import type { Setting, Surroundings } from './resolve.ts'

export interface ProjectFolder {
  /** Absolute. */
  readonly dir: string
  readonly project: Project
}

/** The configuration at the time it was read. Plain data, which may be sent to another process. It holds secrets. */
export interface Settings {
  readonly root: string
  readonly port: number
  readonly listen: ListenSettings
  /** Of what people type. */
  readonly queries: QuerySettings
  readonly workers: number
  /** Tasks that wait, side by side in a worker process. */
  readonly slots: number
  readonly leaseMs: number
  /** `null`: the embedded server. */
  readonly databaseUrl: string | null
  /** Absolute. */
  readonly stateDir: string
  /** The bucket that holds the lake. `null`: a folder of the state, always in the demo, which must not write to the real lake. */
  readonly lakeUrl: string | null
  readonly backup: BackupSettings
  readonly profile: 'demo' | null
  /** How mails are sent, `null` without a mail server. */
  readonly mail: EmailSettings | null
  /** Where messages go beside mailboxes. */
  readonly receivers: ReceiverBook
  /** Names that pipelines may mail to. */
  readonly mailGroups: readonly string[]
  /** The module that simulates the mail server in the demo. */
  readonly smtpSimulator: string | null
  readonly projects: readonly ProjectFolder[]
  /** Each setting and where it comes from: those of the platform, then those of each project. */
  readonly values: readonly Setting[]
  /** What `.env` sets and no setting asks for. */
  readonly unasked: readonly { readonly name: string; readonly line: number }[]
}

/**
 * Reads the whole configuration. Order: environment, `.env` beside the root `sluice.config.ts`, configuration, defaults. In the demo
 * profile the simulators win over all of them for the connections that they simulate.
 * @throws `config.invalid` with the file and line, or the variable, and what is wrong; never with the value of a secret
 */
export async function readSettings(options: {
  readonly root: string
  readonly openLoader: OpenConfigLoader
  readonly env?: Readonly<Record<string, string | undefined>>
}): Promise<Settings> {
  const root = resolve(options.root)
  const envText = await readFile(join(root, '.env'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const surroundings: Surroundings = { env: options.env ?? process.env, envFile: parseEnvFile(envText, '.env') }
  const config = await readConfig(root, options.openLoader)
  const platform = platformSettings(config.platform, surroundings, availableParallelism())
  const { lease, stateDir, ...values } = platform.values
  const stateFolder = resolve(root, stateDir)
  const demo = await readDemo(stateFolder)
  const listening = listenSettings(root, platform.resolve)
  const asking = querySettings(platform.resolve)
  const saving = backupSettings(root, platform.resolve)
  const mail = mailSettings(config.platform.value, platform.resolve, demo)
  const telling = receiverSettings(config.platform, surroundings, demo)
  const all = [
    ...platform.settings,
    ...listening.settings,
    ...asking.settings,
    ...saving.settings,
    ...mail.settings,
    ...telling.settings,
    ...config.projects.flatMap((project) => projectSettings(project, surroundings, demo)),
  ]
  const asked = new Set(all.map(({ env }) => env))
  return {
    root,
    ...values,
    listen: listening.listen,
    queries: asking.queries,
    leaseMs: durationMs(lease),
    stateDir: stateFolder,
    lakeUrl: demo === null ? values.lakeUrl : null,
    backup: saving.backup,
    profile: demo === null ? null : 'demo',
    mail: mail.mail,
    receivers: telling.receivers,
    mailGroups: Object.keys(config.platform.value.mailGroups),
    smtpSimulator: config.platform.value.demo.smtp ?? null,
    projects: config.projects.map((project) => ({ dir: projectDirOf(root, project), project: project.value })),
    values: all,
    unasked: [...surroundings.envFile].filter(([name]) => !asked.has(name)).map(([name, { line }]) => ({ name, line })),
  }
}
