/** Which slots the supervisor starts a worker process in: the empty ones. A process serves every version that has work. */
export function assignWorkers(slots: number, taken: ReadonlySet<number>): readonly number[] {
  return Array.from({ length: slots }, (_, slot) => slot).filter((slot) => !taken.has(slot))
}
