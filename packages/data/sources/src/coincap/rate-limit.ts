import { sourceErrors } from '../errors.ts'
import type { HttpClient } from '../http/request.ts'

/** The same client, which tells an exceeded rate limit in the words that the operators of crypto-coincap search their logs for. */
export const inWordsOfCoinCap = (http: HttpClient): HttpClient => ({
  request: async (asked) => {
    try {
      return await http.request(asked)
    } catch (error) {
      if (!sourceErrors.rate_limited.is(error)) throw error
      throw error.with({
        message: 'API CoinCap erreur: 429 Too Many Requests',
        next: 'Wait some minutes, or lengthen the schedule interval: "sluice budget plan" says which one fits the plan.',
      })
    }
  },
})
