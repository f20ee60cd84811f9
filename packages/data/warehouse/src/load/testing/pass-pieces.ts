import { megabytesHeld } from '@sluice/process/testing/megabytes-held'
import { countedSource } from '../source.ts'

/** Passes pieces of 256 KB and prints what is held after each 128 MB. Argument: megabytes. */
const megabytes = Number(process.argv[2])

async function* source(): AsyncGenerator<Buffer> {
  for (let at = 0; at < megabytes * 4; at++) yield Buffer.alloc(256 * 1024, at % 251)
}

const { pieces, bytes } = countedSource(source(), new AbortController().signal)
let next = 0
for await (const _ of pieces) {
  if (next++ % 512 === 0) console.log(await megabytesHeld())
}
if (bytes() !== megabytes * 2 ** 20) throw new Error(`${bytes()} bytes passed`)
console.log(await megabytesHeld())
