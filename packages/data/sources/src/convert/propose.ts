import type { CellConventions, ColumnType, FileFormat } from '@sluice/author'
import { formatOptions, typeText } from '@sluice/author'
import { isSluiceError, numbersIn, type SluiceError } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import { fileErrors } from '../errors.ts'
import type { SampleOfCells } from '../files/cells/conventions.ts'
import type { FileAtHand, Found, OpenFile, ReadContext, WantedKind } from '../files/reader.ts'
import { readerOf } from '../files/reader-of.ts'
import type { KnownFormat } from './format-of.ts'
import { likelyKind } from './likely-kinds.ts'
import { type ColumnShape, type FittingType, type HowMany, shapesOf, typeOf } from './propose-types.ts'

/** What most texts of each column are; columns of texts are left out. */
export type Kinds = ReadonlyMap<string, WantedKind>

/** @param sample the first records of a file that was opened without a word on its columns */
export function likelyKinds(sample: readonly SampleOfCells[], { columns }: OpenFile, format: FileFormat, file: FileAtHand): Kinds {
  if (!formatOptions[format.kind].includes('dates')) return new Map()
  return new Map(
    columns.flatMap(({ name }, at) => {
      const kind = likelyKind(sample, at, format as CellConventions, file.name)
      return kind === undefined ? [] : [[name, kind] as const]
    }),
  )
}

/** A file opened as its columns are proposed. */
export interface ProposedFile {
  /** The caller closes it. */
  readonly opened: OpenFile
  /** By the conventions of which kinds. */
  readonly kinds: Kinds
  /** Of each column; `undefined` where the file says its type. */
  readonly types: readonly (FittingType | undefined)[]
  /** Whether all texts of `rows` fit. Where some do not, `numbered` looks at every text. */
  readonly fits: boolean
  /** Columns that may mean two things, and stay text. */
  readonly ambiguous: readonly SluiceError[]
  /** Columns that stay text because a few of their values are not of the type of the others. */
  readonly mixed: readonly MixedColumn[]
}

export interface MixedColumn extends FittingType {
  readonly name: string
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
  howMany: HowMany,
): Promise<ProposedFile> {
  const reader = await readerOf(format.kind)
  const kinds = new Map(likely)
  const ambiguous: SluiceError[] = []
  const mixed = new Map<string, MixedColumn>()
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
      const { columns } = opened
      const typesIn = async (rows: string) => (await shapesOf(connection, rows, columns)).map((shape) => shape && looked(shape, howMany))
      const unlikeIn = (types: readonly (Looked | undefined)[]) =>
        columns.flatMap(({ name }, at) => (kinds.has(name) && kindOf(types[at]?.type) !== kinds.get(name) ? [{ name, of: types[at] }] : []))
      const quick = await typesIn(opened.rows)
      const fits = unlikeIn(quick).length === 0 && quick.every((each) => each === undefined || each.fit === each.values)
      const types = fits ? quick : await typesIn(opened.numbered)
      const unlike = unlikeIn(types)
      for (const [at, { name }] of columns.entries()) if (types[at]?.most !== undefined) mixed.set(name, { name, ...types[at].most })
      const areTexts = new Set([...mixed.keys(), ...ambiguous.map(({ facts }) => String(facts?.column))])
      if (unlike.length === 0)
        return {
          opened,
          kinds,
          types: types.map((each, at) => asText(each, areTexts.has(columns[at]?.name ?? ''))),
          fits,
          ambiguous,
          mixed: [...mixed.values()],
        }
      for (const { name } of unlike) kinds.delete(name)
      await opened[Symbol.asyncDispose]()
    } catch (thrown) {
      await opened[Symbol.asyncDispose]()
      throw thrown
    }
  }
}

interface Looked extends FittingType {
  /** The type that most values have, where that is not one of all. */
  readonly most?: FittingType
}

function looked(shape: ColumnShape, howMany: HowMany): Looked {
  const [type, most] = [typeOf(shape, howMany), typeOf(shape, 'most')]
  return most.fit === type.fit || most.type.kind === 'text' ? type : { ...type, most }
}

/** Without the conventions of its type a column may look like another: `1.234` of a few German numbers like a fraction. */
const asText = (fitting: FittingType | undefined, isText: boolean): FittingType | undefined =>
  fitting !== undefined && isText ? { type: { kind: 'text' }, fit: fitting.values, values: fitting.values } : fitting

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

/** A path as a shell takes it. */
export const inShell = (path: string): string => (/^[\w./@:+,=-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

const { whole } = numbersIn('en')

/** What is told of a column with values of several types. */
export const mixedInstead = ({ name, type, fit, values }: MixedColumn, file: string): string =>
  `${JSON.stringify(name)} stays text: ${whole(fit)} of ${whole(values)} values are ${typeText(type)}, the others are not. sluice sources sniff ${inShell(file)} names them.`

/** What is told of a column that may mean two things. */
export const textInstead = ({ message, next }: SluiceError): string => `${message}. It stays text. ${next ?? ''}`.trim()

/** What is told of lines that were taken for comments. */
export const commentsLeftOut = ({ comment = 0 }: Readonly<Record<string, number>>, found: Found): readonly string[] =>
  comment === 0 ? [] : [`below the header, lines that begin with ${String(found.comment)} are comments and were left out: ${comment}`]

/** What is told of a workbook of several sheets where nobody said which one. */
export function otherSheets({ sheet, sheets, hiddenSheets = [] }: Found, { sheet: asked, range }: KnownFormat = {}): readonly string[] {
  if (asked !== undefined || range !== undefined || !Array.isArray(sheets)) return []
  const others = sheets.filter((each) => each !== sheet && !(hiddenSheets as readonly unknown[]).includes(each))
  if (others.length === 0) return []
  const named = others.slice(0, mostNamed).map((each) => JSON.stringify(each))
  return [
    `sheet ${JSON.stringify(sheet)} was read. --sheet takes another: ${[...named, ...(others.length > mostNamed ? ['...'] : [])].join(', ')}`,
  ]
}

const mostNamed = 5
