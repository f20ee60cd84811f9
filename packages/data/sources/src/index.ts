export { fileErrors, sourceErrors } from './errors.ts'
export { createHttpClient, type HttpClientOptions } from './http/client.ts'
