import type { BackupJob } from '@sluice/engine'
import { bytes, count } from '../../format/words.ts'

/** What came of it, in a line. */
export function jobText({ id, kind, project, endedAt, beganAt, result, error }: BackupJob): string {
  const of = project === null ? 'the platform' : `the warehouse of ${project}`
  if (error !== null) return `backup ${id} of ${of} failed: ${error.message}`
  if (endedAt === null) return `backup ${id} of ${of} ${beganAt === null ? 'waits' : 'is under way'}`
  const { id: made = '', place = '', rows = 0, bytes: size = 0 } = result as Partial<Made>
  if (kind === 'verify') return `${made} is whole`
  return `${made}: ${count(rows)} rows of ${of}, ${bytes(size)} in ${place}`
}

interface Made {
  readonly id: string
  readonly place: string
  readonly rows: number
  readonly bytes: number
}
