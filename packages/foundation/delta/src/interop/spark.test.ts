import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { workplace } from '../testing/workplace.ts'
import { featureCases } from './features.cases.ts'
import { lifeCases, lifeSetups } from './lives.cases.ts'
import { logCases, logSetups } from './logs.cases.ts'
import { tableCases } from './tables.cases.ts'
import { isThere } from './testing/installation.ts'
import { type Spark, spark, startSpark, type WithSpark } from './testing/spark.ts'
import { turnCases, turnSetups } from './turns.cases.ts'

const { connection, folder } = await workplace()

/** All of them in one file, so that one Spark serves them. */
const cases: Readonly<Record<string, (at: WithSpark) => void>> = {
  tables: tableCases,
  features: featureCases,
  'engines in turns on one table': turnCases,
  'columns, constraints and rows change': lifeCases,
  'a long log': logCases,
}

describe.runIf(await isThere(spark, 13 + turnSetups.length + lifeSetups.length + logSetups.length))('Spark and us', () => {
  let started: Spark
  beforeAll(async () => {
    started = await startSpark()
  })
  afterAll(() => started.close())

  for (const [name, declare] of Object.entries(cases)) {
    const own = join(realpathSync(folder), name)
    mkdirSync(own)
    describe(name, () => declare({ connection, folder: own, spark: () => started }))
  }
})
