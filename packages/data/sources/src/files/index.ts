export type { FileAtHand, FileColumn, Found, HeldRecords, OpenFile, ReadContext, Reader, WantedKind } from './reader.ts'
export { readerOf } from './reader-of.ts'
export { recognise } from './recognise.ts'
