import { project } from 'sluice'

export default project({
  name: 'my-platform',
  timeZone: 'UTC',
  // What pipelines mail to: email('team'). In the demo a stand-in keeps the mails.
  platform: { mailGroups: { team: 'team@example.org' }, demo: { smtp: 'sluice/simulators/smtp' } },
  demo: { pipelines: ['greetings'] },
})
