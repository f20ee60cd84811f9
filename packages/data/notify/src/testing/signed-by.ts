import type { Instant } from '@sluice/core'
import { signed } from '../receivers/bodies/webhook.ts'

/** The headers of a signed call, for tests of what receives it. */
export const signedBy = (call: {
  readonly id: string
  readonly at: Instant
  readonly body: string
  readonly key: string
}): Readonly<Record<string, string>> => signed(call.id, call.at, call.body, call.key)
