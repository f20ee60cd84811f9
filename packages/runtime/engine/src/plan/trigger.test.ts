import type { TriggerRule } from '@sluice/author'
import { triggerRules } from '@sluice/author'
import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import type { TaskState } from '../api.ts'
import { propagate, runStateOf } from './propagate.ts'
import { type Above, type Decision, decide } from './trigger.ts'

const above = (upstream: number, ok: number, bad: number, skipped: number): Above => ({ upstream, ok, bad, skipped })

test.each<[TriggerRule, Above, Decision]>([
  ['all_success', above(0, 0, 0, 0), 'queued'],
  ['all_success', above(2, 1, 0, 0), 'waiting'],
  ['all_success', above(2, 2, 0, 0), 'queued'],
  ['all_success', above(3, 0, 1, 0), 'upstream_failed'],
  ['all_success', above(2, 1, 0, 1), 'skipped'],
  ['all_success', above(2, 0, 0, 1), 'waiting'],
  ['all_done', above(2, 0, 1, 0), 'waiting'],
  ['all_done', above(2, 0, 1, 1), 'queued'],
  ['one_failed', above(0, 0, 0, 0), 'queued'],
  ['one_failed', above(2, 0, 1, 0), 'queued'],
  ['one_failed', above(2, 2, 0, 0), 'skipped'],
  ['one_failed', above(2, 1, 0, 0), 'waiting'],
  ['none_failed', above(2, 1, 0, 1), 'queued'],
  ['none_failed', above(2, 0, 1, 0), 'upstream_failed'],
])('%s with %o above is %s', (rule, counts, decision) => {
  expect(decide(rule, counts)).toBe(decision)
})

test('once everything above has ended no rule leaves a task waiting', () => {
  fc.assert(
    fc.property(fc.constantFrom(...triggerRules), fc.nat(5), fc.nat(5), fc.nat(5), (rule, ok, bad, skipped) => {
      expect(decide(rule, above(ok + bad + skipped, ok, bad, skipped))).not.toBe('waiting')
    }),
  )
})

test('a decision taken early is the one taken at the end, whatever the order of the outcomes', () => {
  const outcome = fc.constantFrom('ok', 'bad', 'skipped' as const)
  fc.assert(
    fc.property(fc.constantFrom(...triggerRules), fc.array(outcome, { minLength: 1, maxLength: 6 }), (rule, outcomes) => {
      const after = (n: number): Decision => {
        const count = (of: string): number => outcomes.slice(0, n).filter((each) => each === of).length
        return decide(rule, above(outcomes.length, count('ok'), count('bad'), count('skipped')))
      }
      const early = outcomes.map((_, n) => after(n + 1)).find((decision) => decision !== 'waiting')
      expect(early).toBe(after(outcomes.length))
    }),
  )
})

test('a failure goes all the way down and stops at a rule that takes it', () => {
  const node = (name: string, upstream: string[], rule: TriggerRule = 'all_success') => ({ name, upstream, rule })
  const tasks = [node('a', []), node('b', ['a']), node('c', ['b']), node('alarm', ['c'], 'one_failed'), node('clean', ['c'], 'all_done')]
  const states = propagate(tasks, new Map<string, TaskState>([['a', 'failed']]))
  expect(Object.fromEntries(states)).toEqual({
    a: 'failed',
    b: 'upstream_failed',
    c: 'upstream_failed',
    alarm: 'queued',
    clean: 'queued',
  })
})

test('a run with a failed task has failed even when the clean-up below succeeded', () => {
  expect(runStateOf(['failed', 'success'], false)).toBe('failed')
  expect(runStateOf(['success', 'skipped'], false)).toBe('success')
  expect(runStateOf(['success', 'cancelled'], true)).toBe('cancelled')
  expect(runStateOf(['success', 'waiting'], false)).toBeUndefined()
})
