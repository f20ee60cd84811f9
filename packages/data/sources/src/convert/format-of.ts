import { type FileFormat, formatOptions, jsonFile, jsonLines, refuseOddFormat } from '@sluice/author'
import { inputErrors } from '@sluice/core'
import { fileErrors } from '../errors.ts'
import { openFile } from '../files/folder/open-file.ts'
import type { FileAtHand } from '../files/reader.ts'
import { recognise } from '../files/recognise.ts'

/** A format, and what is to be told of how it was found. */
export interface FoundFormat {
  readonly format: FileFormat
  /** The name says another format than the content. */
  readonly told: string | undefined
}

/** What is known of a file, by the names of the options of its format; what is left out is found by looking. */
export type KnownFormat = Readonly<Record<string, unknown>> & { readonly kind?: FileFormat['kind'] }

/** By name and content. What the content says counts. @throws `file.unsupported`; `input.invalid` for an option that is not the format's */
export async function formatOf(file: FileAtHand, { kind, ...known }: KnownFormat = {}): Promise<FoundFormat> {
  const meant = kind ?? impliedBy(known)
  const { format, told } = meant === undefined ? await found(file) : { format: { kind: meant } as FileFormat, told: undefined }
  const odd = Object.keys(known).find((name) => !formatOptions[format.kind].includes(name))
  if (odd === undefined) return { format: checked(format.kind, known), told }
  throw inputErrors.invalid(`${file.name} is ${format.kind}, which has no ${odd}`, {
    facts: { file: file.name, format: format.kind, option: odd },
    next: `Leave it out; what may be said of such a file: ${formatOptions[format.kind].join(', ')}.`,
  })
}

/** Formats that cannot be looked at without what is said of them. */
function impliedBy({ rows, fields }: Readonly<Record<string, unknown>>): FileFormat['kind'] | undefined {
  if (typeof rows === 'string' && rows.startsWith('/')) return 'xml'
  return fields === undefined ? undefined : 'fixed'
}

/** @throws `definition.invalid` for a value that is not one of the option */
function checked(kind: FileFormat['kind'], known: Readonly<Record<string, unknown>>): FileFormat {
  const format = { ...known, kind } as FileFormat
  refuseOddFormat(kind, format)
  return format
}

async function found(file: FileAtHand): Promise<FoundFormat> {
  const format = await recognise(file)
  const ending = /\.(\w+)(?:\.(?:gz|zst|bz2|zip))?$/i.exec(file.name)?.[1]?.toLowerCase()
  const meant = (await jsonIn(file, format)) ?? format
  const usual = endings[meant.kind] ?? []
  const told =
    ending === undefined || ending === 'zip' || usual.includes(ending)
      ? undefined
      : `${file.name} is named .${ending}, and what stands in it is ${meant.kind}`
  return { format: meant, told }
}

const endings: Readonly<Partial<Record<FileFormat['kind'], readonly string[]>>> = {
  csv: ['csv', 'tsv', 'txt'],
  json: ['json'],
  jsonl: ['jsonl', 'ndjson', 'json'],
  excel: ['xlsx', 'xlsb', 'xls'],
  parquet: ['parquet'],
  avro: ['avro'],
}

/** Objects under a name of another text: a line that is an object by itself makes them lines. */
async function jsonIn({ path, name }: FileAtHand, { kind }: FileFormat): Promise<FileFormat | undefined> {
  if (kind !== 'csv' && kind !== 'json') return undefined
  await using file = await openFile(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0)
  const head = buffer
    .toString('utf8', 0, bytesRead)
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (kind === 'csv' && head.startsWith('[') && isJson(head, bytesRead)) return jsonFile()
  if (!head.startsWith('{')) {
    if (kind === 'csv' && /^<\?xml\s/.test(head))
      throw fileErrors.unsupported(`${name} is XML`, { facts: { file: name }, next: 'Name the path of its rows: --rows /orders/order.' })
    return undefined
  }
  const [first = '', second] = head
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const isLines = isWhole(first) && (second === undefined ? kind === 'csv' : second.startsWith('{'))
  return isLines ? jsonLines() : undefined
}

const isWhole = (line: string): boolean => {
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}

const isJson = (head: string, bytes: number): boolean => bytes === 65_536 || isWhole(head)
