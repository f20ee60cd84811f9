import { defineErrors, permanent } from '@sluice/core'

export const duckdbErrors = defineErrors('duckdb', {
  failed: permanent({ about: 'DuckDB refused a statement or could not carry it out.' }),
})
