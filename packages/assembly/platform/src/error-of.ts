import { type ErrorRecord, SluiceError } from '@sluice/core'

/** The error that another process has told of. */
export const errorOf = ({ code, kind, message, next, facts }: ErrorRecord): SluiceError =>
  new SluiceError({ code, kind, status: 500 }, message, { facts: facts ?? {}, ...(next === undefined ? {} : { next }) })
