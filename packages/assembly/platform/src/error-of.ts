import { type ErrorRecord, given, SluiceError } from '@sluice/core'

/** The error that another process has told of. */
export const errorOf = ({ code, kind, message, next, facts, retryAfterMs }: ErrorRecord, status = 500): SluiceError =>
  new SluiceError({ code, kind, status }, message, { facts: facts ?? {}, ...given({ next, retryAfterMs }) })
