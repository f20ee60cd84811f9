import { writeSync } from 'node:fs'
import { asTyped, type Output, printed, printedJson } from '@sluice/serve/terminal'

/**
 * Written at once, so that nothing is lost when the process ends right after.
 * @param readerGone called once when nobody reads the result any more (`| head`): that is not an error, and the command may end.
 */
export function createOutput(json: boolean, readerGone: () => void): Output {
  let gone = false
  const write = (target: 1 | 2, data: string | Uint8Array): void => {
    if (gone && target === 1) return
    if (writeWhole(target, data) || target === 2) return
    gone = true
    readerGone()
  }
  return {
    json,
    interactive: process.stderr.isTTY === true && process.stdin.isTTY === true && !json,
    result(value, text) {
      const written = json ? printedJson(JSON.stringify(value, null, 2)) : printed(text())
      if (written !== '') write(1, `${written}\n`)
    },
    note: (text) => write(2, `${printed(asTyped(text))}\n`),
    bytes: (chunk) => write(1, chunk),
  }
}

/** False when the reader is gone. A full pipe is waited for. */
function writeWhole(target: 1 | 2, data: string | Uint8Array): boolean {
  let rest = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  while (rest.byteLength > 0) {
    try {
      rest = rest.subarray(writeSync(target, rest))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EPIPE') return false
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
  return true
}
