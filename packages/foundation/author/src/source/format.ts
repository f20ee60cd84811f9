import { frozen } from '../base/frozen.ts'
import { optionNames, refuseOddOptions } from '../base/shape.ts'
import { jsonPath } from '../dataset/bodies.ts'
import type { Compression, Encoding } from './bytes.ts'
import type { DateForm } from './date-form.ts'
import { refuseOddPaths, refuseOddPlaces } from './refuse-places.ts'
import { refuseOddValues } from './refuse-values.ts'

interface Packed {
  readonly compression?: Compression
}

/** How texts are read as values. What is left out is found by looking, column by column; what may mean two things is refused. */
export interface CellConventions {
  /** Texts that stand for no value, beside the empty cell. Letters of either case count as the same. */
  readonly nulls?: readonly string[]
  /** The mark before the fraction: `1.234,50` has a comma. Found by looking unless given. */
  readonly decimal?: '.' | ','
  /**
   * The order and form of dates: letters y, M, d, H, m, s, S as CLDR has them, `MMM` for the name of a month in `language`. One for all
   * columns, or by column of the file.
   */
  readonly dates?: DateForm | Readonly<Record<string, DateForm>>
  /** BCP 47: of the names of months. English unless given. */
  readonly language?: string
  /** IANA zone of times that name none. UTC unless given. */
  readonly timeZone?: string
}

/** A file whose characters are text. */
interface Text extends Packed {
  readonly encoding?: Encoding
}

/** Lines of cells. */
export interface CsvFormat extends Text, CellConventions {
  readonly kind: 'csv'
  /** One character, or several that stand together. Found by looking unless given. */
  readonly delimiter?: string
  /** One character of ASCII; `''`: nothing is quoted. Found by looking unless given. */
  readonly quote?: string
  /** What stands before a quote that is part of a cell: one character of ASCII. Found by looking unless given; `''`: the quote itself. */
  readonly escape?: string
  /**
   * Whether the first line that counts names the columns. Found by looking unless given. Names given here stand in the place of a header
   * that is missing.
   */
  readonly header?: boolean | readonly string[]
  /** Lines before the first that counts. Found by looking unless given. */
  readonly skip?: number
  /** Lines that begin with it do not count. Found by looking unless given; `''`: all lines count. */
  readonly comment?: string
}

/** One JSON document: a row is an element at `rows`. */
export interface JsonFormat extends Text {
  readonly kind: 'json'
  /** `$[*]`, `$.data[*]`; where the rows are is found by looking unless given. */
  readonly rows?: `$${string}`
}

/** A JSON object a line. */
export interface JsonLinesFormat extends Text {
  readonly kind: 'jsonl'
}

/** A workbook: .xlsx, .xls, .xlsb. */
export interface ExcelFormat extends Packed, CellConventions {
  readonly kind: 'excel'
  /** A sheet by its name, or by its place from 1; the first that is visible unless given. */
  readonly sheet?: string | number
  /** Cells as `B3:F200`, `B3` for all from there, or the name of a range. */
  readonly range?: string
  /** As that of `csv`. */
  readonly header?: boolean | readonly string[]
}

export interface ParquetFormat extends Packed {
  readonly kind: 'parquet'
}

/** An Avro object container. */
export interface AvroFormat extends Packed {
  readonly kind: 'avro'
}

/** XML: a row is an element at `rows`. Names are local ones: a prefix stands for a namespace, and each maker chooses his own. */
export interface XmlFormat extends Text, CellConventions {
  readonly kind: 'xml'
  /** `/orders/order`. */
  readonly rows: `/${string}`
  /** Column -> path below the row: `@id`, `customer/name`. All attributes and leaves of a row unless given. */
  readonly fields?: Readonly<Record<string, string>>
}

/** Lines whose cells stand at fixed places. */
export interface FixedWidthFormat extends Text, CellConventions {
  readonly kind: 'fixed'
  /** Column -> its first character, from 1, and its width in characters. */
  readonly fields: Readonly<Record<string, readonly [first: number, width: number]>>
  /** Lines before the first that counts. 0 unless given. */
  readonly skip?: number
  /** Lines that begin with it do not count. All lines count unless given. */
  readonly comment?: string
}

/** What a file is, and how it is read. What is left out is found by looking, and stands in the receipt. */
export type FileFormat = CsvFormat | JsonFormat | JsonLinesFormat | ExcelFormat | ParquetFormat | AvroFormat | XmlFormat | FixedWidthFormat

type OptionsOf<F extends FileFormat> = Omit<F, 'kind'>

const packed = ['compression'] as const
const texts = [...packed, 'encoding'] as const
const cells = optionNames<CellConventions>({ nulls: true, decimal: true, dates: true, language: true, timeZone: true })

/** Each option of a format by its kind. */
export const formatOptions: { readonly [K in FileFormat['kind']]: readonly string[] } = {
  csv: [...texts, ...cells, 'delimiter', 'quote', 'escape', 'header', 'skip', 'comment'],
  json: [...texts, 'rows'],
  jsonl: texts,
  excel: [...packed, ...cells, 'sheet', 'range', 'header'],
  parquet: packed,
  avro: packed,
  xml: [...texts, ...cells, 'rows', 'fields'],
  fixed: [...texts, ...cells, 'fields', 'skip', 'comment'],
}

/** @throws `definition.invalid` for an option that the format does not have, or a value that is not one of it */
export function refuseOddFormat(where: string, format: FileFormat): void {
  const { kind, ...options } = format
  refuseOddOptions(where, options, formatOptions[kind])
  refuseOddValues(where, options)
  if (kind === 'json' && format.rows !== undefined) jsonPath(format.rows)
  if (kind === 'xml') refuseOddPaths(format)
  if (kind === 'fixed') refuseOddPlaces(format)
}

function formatOf<F extends FileFormat>(kind: F['kind'], of: string, options: OptionsOf<F>): F {
  refuseOddOptions(of, options, formatOptions[kind])
  const format = { ...options, kind } as F
  refuseOddFormat(of, format)
  return frozen(format)
}

/** Lines of cells. @throws `definition.invalid` */
export const csv = (options: OptionsOf<CsvFormat> = {}): CsvFormat => formatOf<CsvFormat>('csv', 'csv()', options)
/** One JSON document. The bodies of answers are declared by `json('$.data[*]', fields)`. @throws `definition.invalid` */
export const jsonFile = (options: OptionsOf<JsonFormat> = {}): JsonFormat => formatOf<JsonFormat>('json', 'jsonFile()', options)
/** A JSON object a line. @throws `definition.invalid` */
export const jsonLines = (options: OptionsOf<JsonLinesFormat> = {}): JsonLinesFormat =>
  formatOf<JsonLinesFormat>('jsonl', 'jsonLines()', options)
/** A workbook. @throws `definition.invalid` */
export const excel = (options: OptionsOf<ExcelFormat> = {}): ExcelFormat => formatOf<ExcelFormat>('excel', 'excel()', options)
/** A Parquet file. @throws `definition.invalid` */
export const parquet = (options: OptionsOf<ParquetFormat> = {}): ParquetFormat => formatOf<ParquetFormat>('parquet', 'parquet()', options)
/** An Avro object container. @throws `definition.invalid` */
export const avro = (options: OptionsOf<AvroFormat> = {}): AvroFormat => formatOf<AvroFormat>('avro', 'avro()', options)
/** XML: a row is an element at `rows`. @throws `definition.invalid` */
export const xml = (options: OptionsOf<XmlFormat>): XmlFormat => formatOf<XmlFormat>('xml', 'xml()', options)
/** Lines whose cells stand at fixed places. @throws `definition.invalid` */
export const fixedWidth = (options: OptionsOf<FixedWidthFormat>): FixedWidthFormat =>
  formatOf<FixedWidthFormat>('fixed', 'fixedWidth()', options)
