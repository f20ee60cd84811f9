import { platform } from 'sluice'

export default platform({
  projects: ['projects/crypto-coincap'],
  // Who is behind the names that pipelines mail to. Put your own addresses here.
  mailGroups: { 'data-team': 'data-team@example.org' },
  demo: { smtp: '@sluice/simulator-smtp' },
})
