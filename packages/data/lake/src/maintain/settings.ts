import type { AnyDataset, LakePolicy, LakeRetention, SmallFiles } from '@sluice/author'
import { given, type LakeLayer } from '@sluice/core'

/** The policy of a project with what its datasets say they keep. What the project says of a dataset by name comes before that. */
export const policyOf = (policy: LakePolicy, datasets: readonly AnyDataset[]): LakePolicy => {
  const kept = datasets.filter(({ on, facts }) => on === 'lake' && facts.keep !== undefined)
  const own = kept.map(({ name, facts }) => [name, { ...given({ keep: facts.keep, column: facts.order }), ...policy.datasets?.[name] }])
  return { ...policy, datasets: { ...policy.datasets, ...Object.fromEntries(own) } }
}

/** What holds for a dataset: its own settings before those of its layer. */
export const retentionOf = (policy: LakePolicy, layer: LakeLayer, name: string): LakeRetention => ({
  ...policy[layer],
  ...policy.datasets?.[`${layer}.${name}`],
})

export const smallFilesOf = ({ smallFiles }: LakeRetention): Required<SmallFiles> | undefined =>
  smallFiles === false ? undefined : { files: 20, smallBytes: 32 << 20, deletedShare: 0.1, budgetBytes: 256 << 20, ...smallFiles }
