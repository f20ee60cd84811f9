import type { MessageTemplate, ReceiverKind } from '@sluice/author'

/** Where messages of a channel go, with its values resolved. It holds secrets. */
export interface Receiver {
  /** `null`: the usual one of the service. Of `slack`, `teams` and `webhook` it is given. */
  readonly url: string | null
  /** `null` of `slack` and `teams`, whose URL is the key. */
  readonly key: string | null
  readonly template?: MessageTemplate
  /** Why nothing can be sent to it now, in words: a variable that is not set, the demo. Messages wait meanwhile. */
  readonly waitsFor?: string
}

/** By the name that `slack('name')` and its kin use. */
export type ReceiverBook = Readonly<Record<ReceiverKind, Readonly<Record<string, Receiver>>>>
