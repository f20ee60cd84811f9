import type { LakePolicy, LakeRetention, SmallFiles } from '@sluice/author'

/** What holds for a dataset: its own settings before those of its zone. */
export const retentionOf = (policy: LakePolicy, layer: 'bronze' | 'silver' | 'gold', name: string): LakeRetention => ({
  ...policy[layer],
  ...policy.datasets?.[`${layer}.${name}`],
})

export const smallFilesOf = ({ smallFiles }: LakeRetention): Required<SmallFiles> | undefined =>
  smallFiles === false ? undefined : { files: 20, smallBytes: 32 << 20, deletedShare: 0.1, budgetBytes: 256 << 20, ...smallFiles }
