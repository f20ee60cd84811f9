import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadContext } from '../reader.ts'
import { openRecordOutput, type RecordOutput, type WrittenRecords } from './output.ts'

/** Records of one file, in a folder of their own, which is left behind where reading succeeds alone. */
export interface WrittenIn<T> {
  readonly folder: string
  readonly written: WrittenRecords
  readonly seen: T
}

export async function writeRecords<T>(
  context: ReadContext,
  read: (output: RecordOutput, folder: string) => Promise<T>,
): Promise<WrittenIn<T>> {
  const folder = await mkdtemp(join(context.workFolder, 'records-'))
  try {
    const output = await openRecordOutput(folder)
    try {
      const seen = await read(output, folder)
      return { folder, written: await output.finish(), seen }
    } finally {
      await output.close()
    }
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true })
    throw thrown
  }
}

/** Takes a folder away where what is made of it fails, and else with what was made. */
export async function withFolder<T extends object>(folder: string, make: () => Promise<T>): Promise<T & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const made = await make()
  const kept = stack.move()
  return { ...made, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
