import type { Capability } from '@sluice/author'
import { createHttpClient, type HttpClientOptions } from '../http/client.ts'
import type { HttpContext } from './define.ts'

/** Requests under retries, each try a line in the log of the attempt; they end with its signal. */
export const httpCapability = (options: Omit<HttpClientOptions, 'log' | 'signal'> = {}): Capability<HttpContext> => ({
  name: 'http',
  context: ({ log, signal }) => ({ http: createHttpClient({ ...options, log, signal }) }),
})
