import type { Capability } from '@sluice/author'
import { callsHere } from '../http/calls.ts'
import { createHttpClient, type HttpClientOptions } from '../http/client.ts'
import { tokensHere } from '../http/tokens.ts'
import type { HttpContext } from './define.ts'

/**
 * Requests under the limits of their connection, each try a line in the log of the attempt; they end with its signal. Calls and tokens of
 * connections are those of this process unless they are given.
 */
export function httpCapability({ close, ...options }: HttpCapabilityOptions = {}): Capability<HttpContext> & HttpCapability {
  const shared = { calls: callsHere(options.now), tokens: tokensHere(), ...options }
  const context = ({ log, signal }: Pick<HttpClientOptions, 'log' | 'signal'>): HttpContext => ({
    http: createHttpClient({ ...shared, log, signal }),
  })
  return { name: 'http', context, ...(close === undefined ? {} : { close }) }
}

export interface HttpCapabilityOptions extends Omit<HttpClientOptions, 'log' | 'signal'> {
  readonly close?: () => Promise<void>
}

export interface HttpCapability {
  /** The client of an attempt, for capabilities that stand on it. */
  readonly context: (of: Pick<HttpClientOptions, 'log' | 'signal'>) => HttpContext
}
