import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { maskOf } from '@sluice/core'
import { expect, test } from 'vitest'
import { AttemptLog } from './attempt-log.ts'

const path = (): string => join(mkdtempSync(join(tmpdir(), 'sluice log ')), 'a', '1.log')
const lines = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('lines are JSON with an instant, a level, a message and facts, and secrets are masked in all of them', async () => {
  const file = path()
  const log = new AttemptLog(file, maskOf(['s3cr"et']))
  log.logger.info('token s3cr"et', { url: 'https://x/?t=s3cr%22et', big: 10n, error: new Error('no') })
  await log.end()
  const [line] = lines(file)
  expect(line).toMatchObject({
    level: 'info',
    message: 'token ***',
    facts: { url: 'https://x/?t=***', big: '10', error: { message: 'no' } },
  })
})

test('a line after the end is dropped', async () => {
  const file = path()
  const log = new AttemptLog(file, maskOf([]))
  log.logger.warn('one')
  await log.end()
  log.logger.warn('two')
  await log.end()
  expect(lines(file)).toHaveLength(1)
})

test('a log that cannot be written is told at its end, never to the code that logs', async () => {
  const log = new AttemptLog('/dev/null/a/1.log', maskOf([]))
  for (let n = 0; n < 2_000; n++) log.logger.info('line')
  await expect(log.end()).rejects.toMatchObject({ code: 'disk.full' })
})
