import type { Platform } from '@sluice/platform'
import type { Client } from '@sluice/serve/client'
import type { Output } from './output.ts'

export interface GlobalOptions {
  readonly json: boolean
  /** A server elsewhere; without it the command works in process, as the local owner. */
  readonly url: string | undefined
  readonly token: string | undefined
  readonly project: string | undefined
}

/** What a command works with. Nothing is opened before it is asked for, and all of it is closed when the command ends. */
export interface Context {
  readonly global: GlobalOptions
  readonly output: Output
  /** The folder of the platform's `sluice.config.ts`. */
  readonly root: string
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  client(): Promise<Client>
  /**
   * A client behind which tasks get executed: the `sluice start` that runs, or a scheduler, workers and, in the demo profile, simulators of this
   * process, which end with the command.
   */
  executingClient(): Promise<Client>
  /** In process only. @throws `request.invalid` with `--url`. */
  platform(): Promise<Platform>
  /** Runs when the command ends, the latest first. */
  atEnd(close: () => Promise<void>): void
}
