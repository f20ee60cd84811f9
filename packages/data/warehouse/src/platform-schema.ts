/** The platform's own migrations have their own list, so that their numbers and a project's never meet. */
export const platformSchema = 'sluice'
