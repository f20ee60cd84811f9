import { openPool } from '@sluice/postgres'
import { once } from '@sluice/process'
import type { Calls, TokenKeep } from '@sluice/sources/capability'

export interface SharedCallsOptions {
  readonly project: string
  /** Of the metadata database. It is connected to with the first request to a connection. */
  readonly databaseUrl: string
}

export interface SharedCalls {
  readonly calls: Calls
  readonly tokens: TokenKeep
  close(): Promise<void>
}

/** The calls and tokens of a project's connections, which all its workers share through the metadata database. */
export function sharedCalls({ project, databaseUrl }: SharedCallsOptions): SharedCalls {
  const pool = once(async () => openPool(databaseUrl, { max: 3, applicationName: 'sluice calls' }))
  // One turn of this process at a time: a turn holds a session, and needs another to keep what it was given.
  let before: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = before.then(work)
    before = turn.catch(() => undefined)
    return turn
  }
  const state = once(async () => await import('@sluice/engine'))
  return {
    calls: {
      begin: async (connection, limits) => await (await state()).beginCall(await pool(), { project, connection }, limits),
      end: async (call) => await (await state()).endCall(await pool(), project, call),
      hold: async (connection, ms) => await (await state()).holdCalls(await pool(), { project, connection }, ms),
    },
    tokens: {
      lasts: true,
      alone: (connection, work) => inTurn(async () => await (await state()).withKeptToken(await pool(), { project, connection }, work)),
    },
    close: async () => {
      await (await pool.begun())?.end()
    },
  }
}
