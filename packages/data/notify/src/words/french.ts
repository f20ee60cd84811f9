import { formatDuration } from '@sluice/core'
import type { Words } from './words.ts'

const number = (value: number): string => value.toLocaleString('fr-FR')
/** A sign of two parts has a no-break space before it. */
const colon = '\u00a0:'

export const french: Words = {
  tag: 'fr',
  run: {
    succeeded: (pipeline, day) => `Pipeline ${pipeline} réussi - ${day}`,
    failed: (pipeline, task, day) => `Pipeline ${pipeline} en échec à ${task} - ${day}`,
    facts: {
      project: 'Projet',
      pipeline: 'Pipeline',
      run: 'Exécution',
      logicalTime: 'Heure logique',
      ended: 'Terminé',
      took: 'Durée',
      task: 'Tâche',
      alsoFailed: 'Aussi en échec',
    },
    attempt: (task, attempt) => `${task} (tentative ${attempt})`,
    error: 'Erreur',
    next: 'Que faire',
    readLog: `Lire le journal de la tentative${colon} il contient toute l’erreur.`,
    again: `Puis relancer${colon}`,
    where: 'Où regarder',
    open: 'Ouvrir l’exécution',
    written: 'Écrit',
    columns: { dataset: 'Jeu de données', written: 'Lignes écrites', quarantined: 'Mises de côté' },
  },
  digest: {
    subject: (count, first) => `${number(count)} messages${colon} ${first}`,
    title: (count) => `${number(count)} messages à la fois`,
    more: (count) => `Et ${number(count)} de plus${colon} sluice notify list.`,
    columns: { count: 'Fois', subject: 'Message' },
    first: 'Le premier d’entre eux',
    footer: 'Plusieurs messages à un même destinataire en quelques minutes partent en un seul courriel.',
  },
  number,
  duration: (ms) =>
    formatDuration(ms).replaceAll(/(\d+)(ms|[dhms])/g, (_, count: string, unit: string) => `${count}\u00a0${units[unit] ?? unit}`),
  /** `samedi 21 novembre 2026 à 05:30 (Europe/Paris)`. */
  moment: (instant, timeZone) =>
    `${new Intl.DateTimeFormat('fr-FR', { dateStyle: 'full', timeStyle: 'short', timeZone }).format(instant)} (${timeZone})`,
}

const units: Readonly<Record<string, string>> = { d: 'j', h: 'h', m: 'min', s: 's' }
