import { fileErrors } from '../../errors.ts'

export const encrypted = (): Error =>
  fileErrors.encrypted('it is protected by a password', { next: 'Have it saved without a password (File, Info, Protect Workbook).' })
