import { made } from '../base/shape.ts'
import type { FileSource } from './file-source.ts'
import type { RestSource } from './rest-source.ts'
import type { SqlSource } from './sql-source.ts'

/** Whence a pull takes what it writes. */
export type Source = FileSource | RestSource | SqlSource

export const aSource = made("a source such as fileSource({ folder: '...' })", 'file-source', 'rest-source', 'sql-source')
