export { isLoneRowCheck, type LoneRowCheck, type RowRule, rowRule, type TypedColumn, type UniqueRule, uniqueCheck } from './check.ts'
export type { Arm, Conversion, Dialect, Spelling } from './dialect.ts'
export { type DifferenceKind, type DifferencePlan, type DifferenceRow, type DifferenceSpelling, differenceSql } from './difference.ts'
export { type DuckdbDialect, duckdbDialect } from './duckdb/dialect.ts'
export { type Adjusted, type IncomingColumn, type Judgement, judge, orNullValue } from './judge.ts'
export { type PostgresDialect, postgresDialect } from './postgres/dialect.ts'
export { planQuality, type QualityAsked, type QualityPlan, sampleSql } from './quality/plan.ts'
export { type QualityFigures, type QualityVerdict, verdictsOf } from './quality/verdict.ts'
export {
  checkRule,
  existsRule,
  formRule,
  orphanRule,
  partitionRule,
  type Rule,
  type RuleKind,
  refusalRule,
  uniqueRule,
  valueRule,
} from './rule.ts'
export { fits } from './trust.ts'
export { type VersionsPlan, versionsSql } from './versions.ts'
