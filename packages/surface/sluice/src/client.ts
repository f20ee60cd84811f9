/** The typed client of the HTTP API, for programs beside Sluice. */
export { type Client, createClient, httpTransport, type Transport } from '@sluice/serve/client'
