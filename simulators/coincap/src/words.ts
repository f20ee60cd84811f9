import type { SimulatorReply } from '@sluice/simulator-kit'

/** What v2 answers since 31 March 2025: `data` is an object, so that a client counting it sees no error. */
export const SHUTDOWN_MESSAGE =
  'We are deprecating this version of the CoinCap API on March 31, 2025. Sign up for our new V3 API at https://pro.coincap.io/dashboard'

/** CoinCap's error body. */
export function problemAt(instant: number, status: number, error: string): SimulatorReply {
  return { status, body: { error, timestamp: instant } }
}
