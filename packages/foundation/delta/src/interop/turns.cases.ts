import { join } from 'node:path'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chdb, startChdb } from './testing/chdb.ts'
import { deltaRs, startDeltaRs } from './testing/delta-rs.ts'
import type { Engine, WritingEngine } from './testing/engine.ts'
import { whyAbsent } from './testing/installation.ts'
import { ourEngine } from './testing/ours.ts'
import { sampleRow } from './testing/sample.ts'
import { createSetup, someSetups } from './testing/setups.ts'
import type { WithSpark } from './testing/spark.ts'
import { play } from './testing/turns.ts'

const seed = seedOfRun()
export const turnSetups = someSetups(2, 6)

export function turnCases({ connection, folder, spark }: WithSpark): void {
  const ours = ourEngine(connection)
  const others: (Engine | WritingEngine)[] = []

  beforeAll(async () => {
    if ((await whyAbsent(deltaRs)) === undefined) others.push(await startDeltaRs())
    if ((await whyAbsent(chdb)) === undefined) others.push(await startChdb())
  })
  afterAll(async () => {
    await Promise.all(others.map((engine) => engine.close()))
  })

  test.for(turnSetups)(`$title (SLUICE_SEED=${seed})`, async (setup) => {
    const root = join(folder, setup.title)
    const random = seeded(seed)
    const schema = await createSetup({ connection, spark: spark() }, root, setup)
    const all = [ours, spark(), ...others]
    const writers = all.filter((engine): engine is WritingEngine => 'append' in engine && setup.cannotWrite?.includes(engine.name) !== true)
    const [first, ...more] = writers
    if (first === undefined) throw new Error('nobody writes')
    const played = await play({
      root,
      schema,
      random,
      writers: [first, ...more],
      readers: all.filter((engine) => setup.cannotRead?.includes(engine.name) !== true),
      turns: long ? 40 : 6,
      freshRow: (id) => {
        const row = sampleRow(random, id)
        return setup.asciiPartitions === true ? { ...row, part: String(row.part).replace(/[^ -~]/g, '?') } : row
      },
      ...(setup.never === undefined ? {} : { never: setup.never }),
    })
    expect(played.length).toBeGreaterThan(3)
  })
}
