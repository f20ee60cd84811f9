import { SluiceError } from '@sluice/core'

/** A lock was not given within `lock_timeout`. */
export const isLocked = (error: unknown): boolean => error instanceof SluiceError && error.facts.sqlstate === '55P03'
