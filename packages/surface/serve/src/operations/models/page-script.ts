/** Finds nodes by what is typed, and lights what is above and below the one that the address names. Without it all of the page is there. */
export const modelsPageScript = `
const above = JSON.parse(document.getElementById('above').textContent)
const below = {}
for (const [id, list] of Object.entries(above)) for (const each of list) (below[each] ??= []).push(id)
const reached = (from, next) => {
  const found = new Set(), waiting = [...(next[from] ?? [])]
  while (waiting.length > 0) { const id = waiting.pop(); if (!found.has(id)) { found.add(id); waiting.push(...(next[id] ?? [])) } }
  return found
}
const light = () => {
  const id = decodeURIComponent(location.hash.slice(1)).split('/')[0].replace('_', ' ')
  const isNode = id in above
  const lit = isNode ? new Set([id, ...reached(id, above), ...reached(id, below)]) : new Set()
  for (const each of document.querySelectorAll('[data-id]')) {
    each.classList.toggle('lit', each.dataset.id === id)
    each.classList.toggle('dim', isNode && !lit.has(each.dataset.id))
  }
  for (const each of document.querySelectorAll('.edge')) each.classList.toggle('lit', lit.has(each.dataset.from) && lit.has(each.dataset.to))
}
addEventListener('hashchange', light)
light()
const find = document.getElementById('find')
find.closest('label').classList.remove('hidden')
find.addEventListener('input', () => {
  const typed = find.value.trim().toLowerCase()
  for (const each of document.querySelectorAll('[data-find]')) each.classList.toggle('hidden', !each.dataset.find.includes(typed))
  for (const each of document.querySelectorAll('svg [data-id]')) each.classList.toggle('dim', typed !== '' && !each.dataset.id.toLowerCase().includes(typed))
})
`
