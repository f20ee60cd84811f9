import type { FileFormat } from '@sluice/author'
import type { Reader } from './reader.ts'

type ReaderOf<K extends FileFormat['kind']> = Reader<Extract<FileFormat, { kind: K }>>

/** Each reader is loaded when the first file of its kind is read: workers import this package. */
export const readers = {
  csv: async () => (await import('./csv/reader.ts')).reader,
  json: async () => (await import('./json/document-reader.ts')).reader,
  jsonl: async () => (await import('./json/lines-reader.ts')).reader,
  xml: async () => (await import('./xml/reader.ts')).reader,
  excel: async () => (await import('./excel/reader.ts')).reader,
  parquet: async () => (await import('./parquet/reader.ts')).reader,
  avro: async () => (await import('./avro/reader.ts')).reader,
  fixed: async () => (await import('./fixed/reader.ts')).reader,
} satisfies { readonly [K in FileFormat['kind']]?: () => Promise<ReaderOf<K>> }
