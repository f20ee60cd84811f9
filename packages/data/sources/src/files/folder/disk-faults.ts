import { basename, dirname } from 'node:path'
import { isSluiceError, type SluiceError } from '@sluice/core'
import { fileErrors } from '../../errors.ts'
import { printable } from './folder.ts'

/** What the system says of a path at which nothing is any more, or a link to itself. */
export function isGone(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP'
}

/** What went wrong with a file, as an error of that file. @param path absolute */
export function diskFault(path: string, thrown: unknown): SluiceError {
  if (isSluiceError(thrown)) return thrown
  return isGone(thrown) ? goneFile(dirname(path), basename(path)) : unreadable(path, thrown)
}

export const goneFile = (folder: string, file: string): SluiceError =>
  fileErrors.missing(`The file ${printable(file)} of ${folder} is not there`, {
    facts: { folder, file },
    next: 'It was moved or deleted since it was listed: pull again.',
  })

export const unreadable = (path: string, cause: unknown): SluiceError =>
  fileErrors.unreadable(`${printable(path)} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
    facts: { path },
    next: 'Give the user of the platform the right to read it, or let it be mounted again.',
  })

export const notFile = (path: string): SluiceError =>
  fileErrors.unreadable(`${printable(path)} is not a file`, {
    facts: { path },
    next: 'It has become something else since it was listed: pull again.',
  })

export const changedFile = (path: string): SluiceError =>
  fileErrors.changed(`${printable(path)} was written to since it was listed`, {
    facts: { path },
    next: 'Pull again once its writer has finished. Let the source wait longer (ready: { stable }), or for a marker (ready: { marker }).',
  })
