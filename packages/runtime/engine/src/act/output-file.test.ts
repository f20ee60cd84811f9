import { appendFileSync, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OutputFile } from './output-file.ts'

async function withFile(act: (file: string, output: OutputFile) => void): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-output-'))
  try {
    const file = join(dir, 'output')
    act(file, new OutputFile(openSync(file, 'a+')))
  } finally {
    await rm(dir, { recursive: true })
  }
}

test('lines are told once, when they are whole', () =>
  withFile((file, output) => {
    appendFileSync(file, 'one\ntw')
    expect([...output.lines()]).toEqual(['one'])
    expect([...output.lines()]).toEqual([])
    appendFileSync(file, 'o\r\nthree')
    expect([...output.lines()]).toEqual(['two'])
    expect([...output.lines(true)]).toEqual(['three'])
    expect([...output.lines(true)]).toEqual([])
  }))

test('a letter that comes in two parts is one letter, and a line of megabytes comes in pieces', () =>
  withFile((file, output) => {
    const [euro] = [Buffer.from('€')]
    appendFileSync(file, euro.subarray(0, 1))
    expect([...output.lines()]).toEqual([])
    appendFileSync(file, Buffer.concat([euro.subarray(1), Buffer.from('\n'), Buffer.alloc(3_000_000, 'x'), Buffer.from('\n')]))
    const told = [...output.lines()]
    expect(told[0]).toBe('€')
    expect(told.slice(1).join('')).toBe('x'.repeat(3_000_000))
    expect(told.length).toBeLessThan(6)
  }))
