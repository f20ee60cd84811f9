/** What every orchestrator is asked to run, each in its own words: `python/` and `engine/project.ts` have them by these names. */
export const workloads = {
  fibo: '40 tasks one after another, fibo(10) each',
  long: '10 tasks one after another, fibo(33) each',
  single: 'one task, from trigger to recorded end',
  waits: '64 tasks side by side that wait 1 s each',
} as const

export type Workload = keyof typeof workloads
export const workloadNames = Object.keys(workloads) as readonly Workload[]
