import { given, SluiceError } from '@sluice/core'

interface Named extends Pick<SluiceError, 'code' | 'kind' | 'status' | 'message'> {
  readonly facts: object
  readonly next?: string | undefined
  readonly cause?: unknown
}

/** An error of what does not know the file, or has come from another process, with the name of the file before its words. */
export const naming = (file: string, { code, kind, status, message, facts, next, cause }: Named): SluiceError =>
  new SluiceError({ code, kind, status }, `${file}: ${message}`, { facts: { ...facts, file }, ...given({ next, cause }) })
