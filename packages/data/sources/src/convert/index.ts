export { type ConvertedFile, type ConvertOptions, convertFile } from './convert-file.ts'
export type { KnownFormat } from './format-of.ts'
export { type RefusedRecord, type SniffedColumn, type SniffedFile, type SniffOptions, sniffFile } from './sniff-file.ts'
