import { megabytesHeld } from '@sluice/process/testing/megabytes-held'
import { page, temporaryLake, writeTo } from '../../testing/index.ts'

/**
 * Lands bodies of the given megabytes, one landing after another, with DuckDB at 64 MB, and prints after each how many megabytes the
 * process took at most. Arguments: megabytes of a body, bodies of the landing, and so on.
 */
const sizes = process.argv.slice(2).map(Number)

async function* bodyOf(megabytes: number): AsyncIterable<Uint8Array> {
  const record = `{"id":"${'x'.repeat(50)}","price":"123.456","note":"${'é'.repeat(90)}"},`
  const piece = Buffer.from(record.repeat(Math.floor(2 ** 18 / Buffer.byteLength(record))))
  yield Buffer.from('[')
  for (let bytes = 0; bytes < megabytes * 2 ** 20; bytes += piece.length) yield piece
  yield Buffer.from('{}]')
}

const { lake, close } = await temporaryLake({ memoryLimitMb: 64 })
try {
  for (let at = 0; at < sizes.length; at += 2) {
    const [megabytes = 0, bodies = 0] = sizes.slice(at)
    const receipt = await lake.land(
      writeTo('bronze.large', { tick: at }),
      (async function* () {
        for (let body = 0; body < bodies; body++) yield page(bodyOf(megabytes))
      })(),
    )
    if (receipt.rowsIn !== bodies) throw new Error(`${receipt.rowsIn} bodies landed`)
    await megabytesHeld()
    console.log(process.resourceUsage().maxRSS / 1024)
  }
} finally {
  close()
}
