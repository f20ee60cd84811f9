import { requestErrors } from '@sluice/core'
import { bodyLimit } from 'hono/body-limit'

/** Of any operation: SQL that people type, parameters of a run. */
export const mostBytes = 1_048_576
/** Of a name and its passwords. */
export const mostBytesOfLogin = 16_384

/** Refuses a larger body by its length, or once so much of it has come. */
export const limitBody = (maxBytes: number) =>
  bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw requestErrors.too_large(`the body is larger than ${maxBytes.toLocaleString('en')} bytes`, {
        facts: { maxBytes },
        next: 'Send less at once.',
      })
    },
  })
