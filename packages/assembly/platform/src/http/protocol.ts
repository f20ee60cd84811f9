import type { ErrorRecord } from '@sluice/core'
import type { Settings } from '@sluice/settings'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import type { ScratchPlace } from '../database/scratch.ts'
import type { ProjectDefinitions } from '../definitions/definitions.ts'

/** What the HTTP process uses and the server has opened. */
export type Part =
  /** Of the metadata database, as the role of this process (decision 47). */
  | { readonly kind: 'database'; readonly url: string; readonly embedded: boolean }
  /** All projects', as they were last read. */
  | { readonly kind: 'definitions'; readonly definitions: readonly ProjectDefinitions[] }

export type ToHttp =
  | {
      readonly kind: 'start'
      readonly root: string
      /** The server's, secrets in them included, without the URL of its database. */
      readonly settings: Settings
      readonly port: number
      readonly localPort: number
      /** Takes any free port when that one is in use, instead of failing. */
      readonly anyPort: boolean
    }
  | Part
  /** The answer to the question of that number. */
  | ({ readonly kind: 'warehouse'; readonly question: number } & ({ readonly urls: WarehouseUrls } | { readonly error: ErrorRecord }))
  | ({ readonly kind: 'scratch'; readonly question: number } & ({ readonly made: ScratchPlace | null } | { readonly error: ErrorRecord }))
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
  /** Asks for the URLs of a project's warehouse, which the server makes where it is missing. */
  | { readonly kind: 'warehouse'; readonly question: number; readonly project: string }
  /** Asks for a database for a moment in which migrations of a project are tried out, or that it be dropped. */
  | ({ readonly kind: 'scratch'; readonly question: number } & ScratchAsk)

export type ScratchAsk = { readonly project: string; readonly template: string | null } | { readonly drop: string }
