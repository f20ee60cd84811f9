import type { CellConventions, ColumnType, FileFormat } from '@sluice/author'
import { formatOptions } from '@sluice/author'
import { isSluiceError, type SluiceError } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import { fileErrors } from '../errors.ts'
import { textsOf } from '../files/cells/texts.ts'
import type { FileAtHand, OpenFile, ReadContext, WantedKind } from '../files/reader.ts'
import { readerOf } from '../files/reader-of.ts'
import { likelyKind } from './likely-kinds.ts'
import { type FittingType, proposeTypes } from './propose-types.ts'

/** What most texts of each column are; columns of texts are left out. */
export type Kinds = ReadonlyMap<string, WantedKind>

/** Of the first records of a file that was opened without a word on its columns. */
export async function likelyKinds(connection: DuckConnection, opened: OpenFile, format: FileFormat, file: FileAtHand): Promise<Kinds> {
  if (!formatOptions[format.kind].includes('dates')) return new Map()
  const { sample } = await textsOf(connection, opened.columns, opened.numbered)
  return new Map(
    opened.columns.flatMap(({ name }, at) => {
      const kind = likelyKind(sample, at, format as CellConventions, file.name)
      return kind === undefined ? [] : [[name, kind] as const]
    }),
  )
}

/** A file opened as its columns are proposed. */
export interface ProposedFile {
  /** The caller closes it. */
  readonly opened: OpenFile
  /** Of each column; `undefined` where the file says its type. */
  readonly types: readonly (FittingType | undefined)[]
  /** Whether all texts of `rows` fit. Where some do not, `numbered` looks at every text. */
  readonly fits: boolean
  /** Columns that may mean two things, and stay text. */
  readonly ambiguous: readonly SluiceError[]
}

/**
 * Opens a file by the conventions of the kinds that its columns seem to have. One whose texts may mean two things, or are of another type
 * on a closer look, is text: the file is opened again without a word on it.
 */
export async function openProposed(
  connection: DuckConnection,
  file: FileAtHand,
  format: FileFormat,
  likely: Kinds,
  context: ReadContext,
): Promise<ProposedFile> {
  const reader = await readerOf(format.kind)
  const kinds = new Map(likely)
  const ambiguous: SluiceError[] = []
  for (;;) {
    let opened: OpenFile
    try {
      opened = await reader.open(connection, file, format, { ...context, wanted: (column) => kinds.get(column) })
    } catch (thrown) {
      if (!isAmbiguous(thrown) || !kinds.delete(String(thrown.facts?.column))) throw thrown
      ambiguous.push(thrown)
      continue
    }
    try {
      const quick = await proposeTypes(connection, opened.rows, opened.columns)
      const fits = quick.every((each) => each === undefined || each.fit === each.values)
      const types = fits ? quick : await proposeTypes(connection, opened.numbered, opened.columns)
      const unlike = opened.columns.filter(({ name }, at) => kinds.has(name) && kindOf(types[at]?.type) !== kinds.get(name))
      if (unlike.length === 0)
        return { opened, types: types.map((each, at) => asText(each, opened.columns[at]?.name, ambiguous)), fits, ambiguous }
      for (const { name } of unlike) kinds.delete(name)
      await opened[Symbol.asyncDispose]()
    } catch (thrown) {
      await opened[Symbol.asyncDispose]()
      throw thrown
    }
  }
}

const asText = (fitting: FittingType | undefined, name: string | undefined, ambiguous: readonly SluiceError[]): FittingType | undefined =>
  fitting !== undefined && ambiguous.some(({ facts }) => facts?.column === name)
    ? { type: { kind: 'text' }, fit: fitting.values, values: fitting.values }
    : fitting

const isAmbiguous = (thrown: unknown): thrown is SluiceError => isSluiceError(thrown) && thrown.code === fileErrors.ambiguous.code

function kindOf(type: ColumnType | undefined): WantedKind {
  if (type === undefined) return 'text'
  switch (type.kind) {
    case 'integer':
    case 'bigint':
    case 'decimal':
    case 'double':
      return 'number'
    default:
      return type.kind
  }
}

/** What is told of a column that may mean two things. */
export const textInstead = ({ message, next }: SluiceError): string => `${message}. It stays text. ${next ?? ''}`.trim()
