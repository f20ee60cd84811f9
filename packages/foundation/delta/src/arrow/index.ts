/** Arrow in and out. The only part of this package that imports `apache-arrow`, which whoever uses it installs. */
export { type ArrowSource, arrowRows } from './arrow-rows.ts'
export { type ArrowOptions, arrowStream, arrowTable, recordBatches } from './record-batches.ts'
