import type { Platform } from '@sluice/platform'
import type { Client } from '@sluice/serve/client'
import type { Terminal } from '@sluice/serve/terminal'

export interface GlobalOptions {
  readonly json: boolean
  /** A server elsewhere; without it the server that runs on this state, else this process itself, as the local owner. */
  readonly url: string | undefined
  readonly token: string | undefined
  readonly project: string | undefined
}

/** What a command works with. Nothing is opened before it is asked for, and all of it is closed when the command ends. */
export interface Context extends Terminal {
  readonly global: GlobalOptions
  /** The folder of the platform's `sluice.config.ts`. */
  readonly root: string
  client(): Promise<Client>
  /** In process only. @throws `request.invalid` with `--url`. */
  platform(): Promise<Platform>
  /** Runs when the command ends, the latest first. */
  atEnd(close: () => Promise<void>): void
}
