/** A piece of a file that moves on: bytes come in behind, those that were read go in front. One byte behind them is always there. */
export interface Window {
  bytes: Buffer
  /** What is kept begins here and ends before `to`. */
  from: number
  to: number
}

export const emptyWindow = (): Window => ({ bytes: Buffer.allocUnsafe(1 << 22), from: 0, to: 0 })

/** Places in the bytes move: `from` becomes 0. */
export function takeIn(window: Window, piece: Uint8Array): void {
  const kept = window.to - window.from
  const needed = kept + piece.length + 1
  if (needed > window.bytes.length) {
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * window.bytes.length))
    window.bytes.copy(larger, 0, window.from, window.to)
    window.bytes = larger
  } else if (window.from > 0) window.bytes.copyWithin(0, window.from, window.to)
  window.bytes.set(piece, kept)
  window.from = 0
  window.to = kept + piece.length
}
