import { expect, test } from 'vitest'
import { pagesOfLines } from './landing.ts'

test('lines become pages that end where a line ends, whatever the pieces in which they come', async () => {
  const text = Array.from({ length: 200 }, (_, at) => `{"n":${at},"é":"${'x'.repeat(at % 37)}"}\n`).join('')
  const bytes = Buffer.from(text)
  for (const [size, limit] of [
    [1, 100],
    [7, 300],
    [64, 64],
    [1_000, 1],
    [100_000, 2_000],
  ] as const) {
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const pages: string[] = []
    let credits = 0
    const whole = { source: 's', request: 'r', receivedAt: 0, body: pieces(), credits: (of: number) => of }
    for await (const page of pagesOfLines(whole, limit)) {
      pages.push(Buffer.concat(typeof page.body === 'string' ? [] : await Array.fromAsync(page.body)).toString())
      credits += typeof page.credits === 'function' ? page.credits(0) : 0
    }
    expect(pages.join('')).toBe(text)
    expect(pages.every((page) => page.endsWith('\n'))).toBe(true)
    expect(Math.max(...pages.map((page) => Buffer.byteLength(page)))).toBeLessThan(limit + 60)
    expect([pages.length > 1, credits]).toEqual([true, bytes.length])
  }
})

test('who takes only the first pages of lines lets go of the answer', async () => {
  let isOpen = true
  async function* endless() {
    try {
      for (;;) yield Buffer.from('{"n":1}\n')
    } finally {
      isOpen = false
    }
  }
  for await (const page of pagesOfLines({ source: 's', request: 'r', receivedAt: 0, body: endless() }, 20)) {
    await Array.fromAsync(page.body as AsyncIterable<Uint8Array>)
    break
  }
  expect(isOpen).toBe(false)
})
