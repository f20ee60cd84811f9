const lockFiles = { 'pnpm-lock.yaml': 'pnpm', 'yarn.lock': 'yarn', 'bun.lock': 'bun', 'bun.lockb': 'bun' } as const

export type PackageManager = 'npm' | (typeof lockFiles)[keyof typeof lockFiles]

/** Whose lock file is there. A second lock of npm beside it would be wrong from the next change on. */
export const packageManagerOf = (names: readonly string[]): PackageManager =>
  Object.entries(lockFiles).find(([file]) => names.includes(file))?.[1] ?? 'npm'
