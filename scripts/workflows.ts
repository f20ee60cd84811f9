/** Actions of a GitHub workflow that a moved tag could replace. Pure; `workflows.test.ts` holds every workflow to it. */
export const looseActions = (workflow: string): readonly string[] =>
  workflow
    .split('\n')
    .flatMap((line) => /^\s*(?:- )?uses:\s*(.+)$/.exec(line)?.[1] ?? [])
    .filter((action) => !action.startsWith('./') && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))
