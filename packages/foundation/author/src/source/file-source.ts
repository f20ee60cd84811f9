import type { Duration } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { named } from '../base/names.ts'
import { aText, made, optionNames, refuseOddOptions, refuseOther, refuseOtherWords, shown } from '../base/shape.ts'
import { spanMs } from '../base/spans.ts'
import { type DriftPolicies, type DriftPolicy, driftPolicies } from './drift.ts'
import { type FileFormat, formatOptions, refuseOddFormat } from './format.ts'

/**
 * Where files lie: a path from the folder of the project, or an absolute one; the value of a `variable` of the project, which is such a
 * path; a folder of the project's part of the `lake`, be that a folder or a bucket.
 */
export type SourceFolder = string | { readonly variable: string } | { readonly lake: string }

/**
 * When a file is whole. `stable`: once nothing was written to it for so long. `marker`: once a file of this name stands beside it, in
 * which `*` is its own name: `*.done` for `orders.csv` is `orders.csv.done`.
 */
export type FileReadiness = { readonly stable: Duration } | { readonly marker: string }

/** Files of one folder and one form. Each of them is one batch of the dataset that a pull fills. */
export interface FileSource {
  readonly kind: 'file-source'
  /** Names the source in receipts, so that a dataset may be filled from several. */
  readonly name: string
  readonly folder: SourceFolder
  readonly pattern: string
  /** `undefined`: found by looking, file by file. */
  readonly format: FileFormat | undefined
  readonly ready: FileReadiness
  readonly by: 'name' | 'modified'
  readonly vanished: 'keep' | 'delete' | 'delete-all'
  readonly drift: Required<DriftPolicies>
  readonly description: string | undefined
}

interface FileSourceOptions {
  /** The last part of the folder unless given. Another name makes other batches: all files are then new. */
  readonly name?: string
  readonly folder: SourceFolder
  /**
   * Which files of the folder: `**` is any folders, `*` and `?` any characters of a name, `[a-c]` one of them, `{csv,tsv}` one or the
   * other. `**` unless given.
   */
  readonly pattern?: string
  /** `csv({ delimiter: ';' })`. What it leaves out, or all of it, is found by looking. */
  readonly format?: FileFormat
  /** `{ stable: '10s' }` unless given. */
  readonly ready?: FileReadiness
  /** In which order new files are taken. */
  readonly by?: 'name' | 'modified'
  /**
   * What becomes of the rows of a file that is not there any more. They are kept unless given. `delete` refuses a folder without any file,
   * as one that is not mounted looks; `delete-all` takes it for empty.
   */
  readonly vanished?: 'keep' | 'delete' | 'delete-all'
  /** What happens where a file has other columns than the dataset: one policy, or one for each event. */
  readonly drift?: DriftPolicy | DriftPolicies
  readonly description?: string
}

/**
 * Declares a folder of files to read: `pull({ from: source, into: dataset })` reads those that are new or were changed.
 * @throws `definition.invalid`
 */
export function fileSource(options: FileSourceOptions): FileSource {
  refuseOddOptions('fileSource', options, fileOptions)
  const { folder, pattern = '**', format, ready = { stable: '10s' }, by = 'name', vanished = 'keep', description } = options
  const where = `fileSource ${typeof options.name === 'string' ? options.name : typeof folder === 'string' ? folder : ''}`.trim()
  refuseOddFolder(where, folder)
  refuseOther(where, 'pattern', pattern, aPattern)
  if (format !== undefined) {
    refuseOther(where, 'format', format, aFormat)
    refuseOddFormat(`${where}, format`, format)
  }
  refuseOddReadiness(where, ready)
  refuseOtherWords(where, 'by', by, ['name', 'modified'])
  refuseOtherWords(where, 'vanished', vanished, ['keep', 'delete', 'delete-all'])
  if (description !== undefined) refuseOther(where, 'description', description, aText)
  return frozen({
    kind: 'file-source',
    name: named('fileSource', options.name ?? nameOf(where, folder)),
    folder,
    pattern,
    format,
    ready,
    by,
    vanished,
    drift: driftPolicies(where, options.drift),
    description,
  })
}

const fileOptions = optionNames<FileSourceOptions>({
  name: true,
  folder: true,
  pattern: true,
  format: true,
  ready: true,
  by: true,
  vanished: true,
  drift: true,
  description: true,
})

const aFormat = made("a format such as csv({ delimiter: ';' })", ...Object.keys(formatOptions))
const aPattern = {
  is: (value: unknown) => typeof value === 'string' && value !== '' && !value.split('/').includes('..') && !value.startsWith('/'),
  called: "a pattern of names below the folder, such as '**/*.csv'",
}
const aPath = { is: (value: unknown) => typeof value === 'string' && value !== '', called: 'the path of a folder' }
const aPathOfTheLake = {
  is: (value: unknown) =>
    typeof value === 'string' && /^[^/]+(?:\/[^/]+)*$/.test(value) && !value.split('/').some((part) => /^\.\.?$/.test(part)),
  called: "a folder below the project's part of the lake, such as 'inbox/orders'",
}

function refuseOddFolder(where: string, folder: unknown): void {
  if (typeof folder === 'string') {
    refuseOther(where, 'folder', folder, aPath)
    return
  }
  const place = (folder ?? {}) as Readonly<Partial<Record<string, unknown>>>
  const [kind, ...more] = typeof folder === 'object' ? Object.keys(place) : []
  if (more.length > 0 || (kind !== 'variable' && kind !== 'lake')) {
    throw refused(
      where,
      `folder is ${shown(folder)}`,
      "Write a path from the folder of the project, { variable: '...' } or { lake: '...' }.",
    )
  }
  if (kind === 'variable') refuseOther(where, 'folder.variable', place.variable, { is: aPath.is, called: 'the name of a variable' })
  else refuseOther(where, 'folder.lake', place.lake, aPathOfTheLake)
}

function refuseOddReadiness(where: string, ready: unknown): void {
  refuseOddOptions(`${where}, ready`, ready, ['stable', 'marker'])
  const { stable, marker } = ready as Readonly<Partial<Record<string, unknown>>>
  if ((stable === undefined) === (marker === undefined)) {
    throw refused(where, 'ready says neither stable nor marker, or both', "Write { stable: '10s' } or { marker: '*.done' }.")
  }
  if (stable !== undefined) spanMs(where, 'ready.stable', stable)
  else refuseOther(where, 'ready.marker', marker, aMarker)
}

const aMarker = {
  is: (value: unknown) => typeof value === 'string' && /^(?!\*$)[^/*]*\*?[^/*]*$/.test(value) && value !== '',
  called: "the name of a file, in which one * may be the name of the file that it marks: '*.done', '_SUCCESS'",
}

function nameOf(where: string, folder: SourceFolder): string {
  const path = typeof folder === 'string' ? folder : 'lake' in folder ? folder.lake : folder.variable
  const last = path.split('/').findLast((part) => part !== '' && part !== '.')
  if (last !== undefined && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(last)) return last
  throw refused(where, 'the last part of its folder is not a name', "Give the source one: { name: '...' }.")
}
