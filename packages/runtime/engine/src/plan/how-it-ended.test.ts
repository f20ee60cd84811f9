import { expect, test } from 'vitest'
import { howItEnded, type OwnEnd } from './how-it-ended.ts'

const end = (code: number | null, signal: string | null, outOfMemory = false, own: OwnEnd | null = null) =>
  howItEnded({ code, signal, outOfMemory, own })

test('each way a process ends is told in words of its own', () => {
  const ends = [
    end(0, null),
    end(7, null),
    end(null, 'SIGABRT'),
    end(null, 'SIGKILL'),
    end(null, 'SIGKILL', true),
    end(null, 'SIGSEGV'),
    end(null, 'SIGTERM'),
    end(null, 'SIGKILL', false, 'deaf'),
    end(null, 'SIGKILL', false, 'blocked'),
    end(null, 'SIGKILL', true, 'lease'),
  ]
  expect(ends.map(({ what }) => what)).toEqual([
    'ended itself with exit code 0',
    'ended itself with exit code 7',
    'was aborted (SIGABRT)',
    'was killed (SIGKILL)',
    'was killed by the kernel (SIGKILL), which had no memory left',
    'was ended by SIGSEGV',
    'was ended by SIGTERM',
    'ended itself, since a task did not stop when its time was over or it was cancelled,',
    'ended itself, since a task blocked its event loop beyond the time of another one,',
    'ended itself, since its lease had run out,',
  ])
  expect(new Set(ends.map(({ next }) => next)).size).toBe(ends.length)
})

test('memory that ran out elsewhere changes nothing for a process that ended otherwise', () => {
  expect(end(7, null, true)).toEqual(end(7, null))
})
