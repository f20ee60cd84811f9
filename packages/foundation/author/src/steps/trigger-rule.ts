/**
 * When a task runs, looking at the tasks directly above it:
 * - `all_success`: all succeeded (the default);
 * - `all_done`: all ended, however;
 * - `one_failed`: as soon as one failed;
 * - `none_failed`: all ended and none failed; skipped ones do not matter.
 */
export type TriggerRule = 'all_success' | 'all_done' | 'one_failed' | 'none_failed'
export const triggerRules: readonly TriggerRule[] = ['all_success', 'all_done', 'one_failed', 'none_failed']
