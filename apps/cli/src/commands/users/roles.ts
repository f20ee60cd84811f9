import type { Role } from '@sluice/accounts'

/** Written out, since the help must not load the engine. */
export const roles = ['viewer', 'editor', 'admin'] as const satisfies readonly Role[]
