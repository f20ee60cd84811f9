import { defineErrors, permanent, retryable } from '@sluice/core'

export const sourceErrors = defineErrors('source', {
  client_error: permanent({ about: 'The source refused the request itself (HTTP 4xx).' }),
  empty: retryable({ about: 'The source answered without any data.' }),
  malformed: retryable({ about: 'The answer is not the text that it says it is, or it is cut off.' }),
  network: retryable({ about: 'The source could not be reached, or the connection broke off.' }),
  rate_limited: retryable({ about: 'The source asks for fewer requests (HTTP 429).' }),
  schema: permanent({ about: 'The answer has not the fields that its client expects.' }),
  server_error: retryable({ about: 'The source failed (HTTP 5xx).' }),
  shutdown: permanent({ about: 'The source says that this version of its API has been switched off.' }),
  timeout: retryable({ about: 'The source gave no complete answer in time.' }),
  unauthorized: permanent({ about: 'The source refused the key (HTTP 401 or 403).' }),
})
