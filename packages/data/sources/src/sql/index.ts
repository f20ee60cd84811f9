export type { CopiedRows, CopyContext, Database, DatabaseColumn, RowsAsked } from './database.ts'
export { databases } from './databases.ts'
