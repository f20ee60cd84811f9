export { fileErrors, sourceErrors } from './errors.ts'
export { createHttpClient, type HttpClientOptions } from './http/client.ts'
export { retryAfterMs } from './http/retry-after.ts'
