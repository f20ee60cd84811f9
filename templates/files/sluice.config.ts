import { env, project } from 'sluice'

export default project({
  name: 'my-platform',
  timeZone: 'UTC',
  variables: {
    inbox: env('ORDERS_INBOX', {
      default: 'fixtures/inbox',
      description: 'Folder with the files, absolute or below the folder of this file',
    }),
  },
  // What pipelines mail to: email('team'). In the demo a stand-in keeps the mails in .sluice/mails.
  platform: { mailGroups: { team: 'team@example.org' }, demo: { smtp: 'sluice/simulators/smtp' } },
  demo: { pipelines: ['orders'] },
})
