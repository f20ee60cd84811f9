/** Bytes that grow at their end. `data` is another array after it has grown. */
export interface Growing {
  data: Uint8Array
  length: number
}

export const growing = (room: number): Growing => ({ data: new Uint8Array(room), length: 0 })

/** Makes room for more bytes behind those that are there. */
export function makeRoom(bytes: Growing, more: number): void {
  const needed = bytes.length + more
  if (needed <= bytes.data.length) return
  const larger = new Uint8Array(Math.max(needed, 2 * bytes.data.length))
  larger.set(bytes.data.subarray(0, bytes.length))
  bytes.data = larger
}

export function append(bytes: Growing, more: Uint8Array): void {
  makeRoom(bytes, more.length)
  bytes.data.set(more, bytes.length)
  bytes.length += more.length
}
