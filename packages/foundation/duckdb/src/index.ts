export type { DuckConnection, Row } from './connection.ts'
export { type DuckDB, type DuckDBOptions, openDuckDB } from './open.ts'
export { escapeGlob, fileList, quoteIdentifier, quoteLiteral } from './quote.ts'
export { type JsonValue, type Parameter, type Parameters, toJson } from './values.ts'
