import type { ErrorRecord } from '@sluice/core'
import type { Settings } from '@sluice/settings'
import type { Database } from '../database/database.ts'
import type { ProjectDefinitions } from '../definitions/definitions.ts'

/** What the HTTP process uses and the server has opened. */
export type Part =
  | ({ readonly kind: 'database' } & Pick<Database, 'url' | 'adminUrl' | 'embedded'>)
  /** All projects', as they were last read. */
  | { readonly kind: 'definitions'; readonly definitions: readonly ProjectDefinitions[] }

export type ToHttp =
  | {
      readonly kind: 'start'
      readonly root: string
      /** The server's, secrets in them included. */
      readonly settings: Settings
      readonly port: number
      readonly localPort: number
      /** Takes any free port when that one is in use, instead of failing. */
      readonly anyPort: boolean
    }
  | Part
  | { readonly kind: 'close' }

export interface Listening {
  /** For people, as it would stand in a browser. */
  readonly url: string
  readonly port: number
  /** For commands of this machine: plain HTTP on its loopback address. */
  readonly localUrl: string
  readonly localPort: number
}

export type FromHttp =
  | ({ readonly kind: 'listening' } & Listening)
  | { readonly kind: 'refused'; readonly error: ErrorRecord }
  /** For messages to people. */
  | { readonly kind: 'note'; readonly text: string }
