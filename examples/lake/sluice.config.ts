import { project } from 'sluice'

export default project({
  name: 'lake-example',
  lake: {
    bronze: { keep: '90d' },
    silver: { versions: '30d', smallFiles: { files: 20, smallBytes: 32_000_000 } },
    gold: { exports: 12 },
  },
})
