import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { hear } from './hear.ts'

const saying = (script: string) => hear(spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] }))

test('what a process says is found on both streams, in pieces and afterwards', async () => {
  const heard = saying("console.error('begun'); process.stdout.write('port: 42'); setTimeout(() => console.log('17 ready'), 50)")
  expect(await heard.says(/port: ([^ ]+) ready/)).toMatch(/^42(?:begun\n)?17$/)
  expect(await heard.ended).toBe(0)
  expect(await heard.says('begun')).toBe('begun')
  await expect(heard.says('begun', heard.output().length)).rejects.toThrow('it ended with 0')
})

test('who waits for what a process did not say is told that it ended, and what it said', async () => {
  await expect(saying("console.log('no room'); process.exit(3)").says('ready')).rejects.toThrow(
    'it ended with 3 before it said ready:\nno room',
  )
})
