import type { ModelTestSpec } from '@sluice/author'
import { type Cells, differences, type RowDifference } from './differences.ts'

export interface ModelTestResult {
  /** Those that were compared: all that an expected row names. */
  readonly columns: readonly string[]
  readonly differences: readonly RowDifference[]
  /** Rows that broke a rule and so are not among those that the model gave, by rule. */
  readonly quarantined: readonly { readonly rule: string; readonly rows: number }[]
}

export const resultOf = (
  { model }: ModelTestSpec,
  columns: readonly string[],
  rows: { readonly expected: readonly Cells[]; readonly actual: readonly Cells[] },
  quarantined: ModelTestResult['quarantined'],
): ModelTestResult => ({ columns, differences: differences(columns, model.into.key, rows.expected, rows.actual), quarantined })
