import type { AnswerOf, Calls } from '../endpoint/contract.ts'
import { json, stream, type Transport } from '../wire/send.ts'

/** For who has the endpoints at hand; by name the client calls them. */
export const callsOver = (transport: Transport): Calls => ({
  call: async (endpoint, ...[input]) => (await json(transport, endpoint, input)) as AnswerOf<typeof endpoint>,
  stream: (endpoint, ...[input]) => stream(transport, endpoint, input),
})
