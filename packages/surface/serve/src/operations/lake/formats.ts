import type { FileFormat } from '@sluice/lake'

/** Of rows that leave as a file, by the content type they are sent with. */
export const contentTypes: Readonly<Record<FileFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
}

export const formats = ['json', 'csv', 'parquet'] as const satisfies readonly FileFormat[]

/** Without their parameters, as the OpenAPI document names them. */
export const mediaTypes: readonly string[] = Object.values(contentTypes).map((type) => type.replace(/;.*/, ''))
