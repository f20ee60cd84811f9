import type { RoleEverywhere } from '@sluice/accounts/roles'
import { given } from '@sluice/core'
import type { RunDetail } from '@sluice/engine'
import type { AnswerOf, Given, InputOf, JsonContract, StreamContract } from '../endpoint/contract.ts'
import { type Operations, operations } from '../generated/paths.ts'
import { linesOf } from '../wire/lines-of.ts'
import { accepted, json, type Sent, stream, type Transport } from '../wire/send.ts'

type Noun<Name> = Name extends `${infer N}.${string}` ? N : never
type Method<E> = E extends JsonContract
  ? (...input: Given<InputOf<E>>) => Promise<AnswerOf<E>>
  : E extends StreamContract
    ? (...input: Given<InputOf<E>>) => Promise<ReadableStream<Uint8Array>>
    : never

/** Each operation under its name, typed by its endpoint: `client.lake.optimize({ body: { dataset } })`. */
type Methods = {
  readonly [N in Noun<keyof Operations>]: {
    readonly [Name in keyof Operations as Name extends `${N}.${infer Verb}` ? Verb : never]: Method<Operations[Name]>
  }
}

export interface WaitOptions {
  readonly onProgress?: (run: RunDetail) => void
  readonly signal?: AbortSignal
}

/** What takes more than one request, or a request that is not an operation. */
interface Composed {
  readonly runs: {
    /** Resolves with the ended run; `onProgress` sees it as it changes. */
    wait(run: string, options?: WaitOptions): Promise<RunDetail>
  }
  readonly users: {
    /** Needs no session: whoever knows the present password may set another. */
    changeOwnPassword(body: { readonly username: string; readonly password: string; readonly newPassword: string }): Promise<OwnPassword>
  }
}

interface OwnPassword {
  readonly username: string
  readonly role: RoleEverywhere
}

/** Everything the API offers, typed by the endpoints themselves, whose code is not loaded. */
export type Client = Methods & Composed

/** The client over a transport: `createClient(httpTransport(url, token))`. */
export function createClient(transport: Transport): Client {
  const methods: Record<string, Record<string, unknown>> = {}
  for (const [name, { kind, ...at }] of Object.entries(operations)) {
    const [noun = '', verb = ''] = name.split('.')
    methods[noun] = {
      ...methods[noun],
      [verb]: (input?: Sent) => (kind === 'json' ? json(transport, at, input) : stream(transport, at, input)),
    }
  }
  // The map and the types are made of the same endpoints.
  const client = methods as Methods

  const wait = async (run: string, { onProgress, signal }: WaitOptions = {}): Promise<RunDetail> => {
    let latest: RunDetail | undefined
    for await (const line of linesOf(await client.runs.follow({ params: { run }, ...given({ signal }) }))) {
      latest = JSON.parse(line) as RunDetail
      onProgress?.(latest)
    }
    signal?.throwIfAborted()
    return latest ?? (await client.runs.show({ params: { run } }))
  }

  const changeOwnPassword: Composed['users']['changeOwnPassword'] = async (body) => {
    const headers = { 'content-type': 'application/json' }
    const response = await accepted(await transport('/login/password', { method: 'POST', headers, body: JSON.stringify(body) }))
    return (await response.json()) as OwnPassword
  }

  return {
    ...client,
    runs: { ...client.runs, wait },
    users: { ...client.users, changeOwnPassword },
  }
}
