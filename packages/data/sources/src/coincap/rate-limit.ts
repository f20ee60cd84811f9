import type { HttpClient } from '@sluice/author'
import { isSluiceError, SluiceError } from '@sluice/core'

/** The same client, which tells an exceeded rate limit in the words that the operators of crypto-coincap search their logs for. */
export const inWordsOfCoinCap = (http: HttpClient): HttpClient => ({
  request: async (asked) => {
    try {
      return await http.request(asked)
    } catch (error) {
      if (!isSluiceError(error) || error.code !== 'source.rate_limited') throw error
      throw new SluiceError(error.code, 'API CoinCap erreur: 429 Too Many Requests', {
        cause: error,
        facts: error.facts,
        next: 'Wait some minutes, or lengthen the schedule interval: "sluice budget plan" says which one fits the plan.',
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      })
    }
  },
})
