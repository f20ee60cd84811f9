import type { ExportFormat } from '@sluice/lake'

/** Of rows that leave as a file, by the content type they are sent with. */
export const contentTypes: Readonly<Record<ExportFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
}

export const formats = ['json', 'csv', 'parquet'] as const satisfies readonly ExportFormat[]

/** Without their parameters, as the OpenAPI document names them. */
export const mediaTypes: readonly string[] = Object.values(contentTypes).map((type) => type.replace(/;.*/, ''))
