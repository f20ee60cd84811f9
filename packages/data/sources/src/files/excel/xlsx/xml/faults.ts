import { fileErrors } from '../../../../errors.ts'

export const broken = (why: string): Error => fileErrors.damaged(`its XML is broken: ${why}`, { next: 'Ask for the file again.' })
