export { sourceErrors } from './errors.ts'
export { createHttpClient, type HttpClientOptions } from './http/client.ts'
export { fetchPage, type PageInFlight, pagesOfLines } from './http/landing.ts'
export { retryAfterMs } from './http/retry-after.ts'
