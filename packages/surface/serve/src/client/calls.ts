import type { AnswerOf, Calls } from '../endpoint/contract.ts'
import { json, stream, type Transport } from '../wire/send.ts'

/** Calls by the endpoints themselves; the client calls by their names. */
export const callsOver = (transport: Transport): Calls => ({
  call: async (endpoint, ...[input]) => (await json(transport, endpoint, input)) as AnswerOf<typeof endpoint>,
  stream: (endpoint, ...[input]) => stream(transport, endpoint, input),
})
