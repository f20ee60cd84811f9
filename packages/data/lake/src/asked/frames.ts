/**
 * One pipe carries the bytes of an answer and messages about it, in order: a frame is its kind (one byte), the length of what follows (four
 * bytes) and that.
 */
export type FrameKind = 'bytes' | 'message'

const kinds: readonly FrameKind[] = ['bytes', 'message']
const headLength = 5

export function frame(kind: FrameKind, content: Uint8Array): Buffer {
  const head = Buffer.alloc(headLength)
  head.writeUInt8(kinds.indexOf(kind))
  head.writeUInt32BE(content.length, 1)
  return Buffer.concat([head, content])
}

/** Takes what comes out of the pipe, in pieces of any length, and gives each whole frame. */
export function frameReader(onFrame: (kind: FrameKind, content: Buffer) => void): (piece: Buffer) => void {
  let held: Buffer[] = []
  let length = 0
  return (piece) => {
    held.push(piece)
    length += piece.length
    for (let wanted = wantedOf(held, length); wanted !== undefined && length >= wanted; wanted = wantedOf(held, length)) {
      const all = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held)
      const rest = all.subarray(wanted)
      held = rest.length === 0 ? [] : [rest]
      length = rest.length
      onFrame(kinds[all.readUInt8()] ?? 'message', all.subarray(headLength, wanted))
    }
  }
}

/** The length of the first frame, once its head is there. */
function wantedOf(held: Buffer[], length: number): number | undefined {
  if (length < headLength) return undefined
  if ((held[0]?.length ?? 0) < headLength) held.splice(0, held.length, Buffer.concat(held))
  return headLength + (held[0]?.readUInt32BE(1) ?? 0)
}
