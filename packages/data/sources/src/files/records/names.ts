import { uniqueNames } from '../csv/header.ts'

/** Names as columns have them, each of its own, in their order. */
export const columnNames = (names: readonly string[]): readonly string[] => uniqueNames(names).names
