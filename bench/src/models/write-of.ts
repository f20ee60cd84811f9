import type { Model } from '@sluice/author'
import type { BatchWrite, Store } from '@sluice/core'

/** The write of a model in one run, by the number of its tick. */
export const writeOf = ({ name, into }: Model, store: Store, tick: number): BatchWrite => ({
  project: 'bench',
  pipeline: 'bench',
  task: name,
  run: `${tick}`,
  attempt: 1,
  dataset: `bench:${store}.${into.name}`,
  batch: `${name} ${tick}`,
  generation: 0,
  logicalTime: tick * 3_600_000,
  inputs: [],
})
