// docs/pages.md: what was measured, each part between its markers, with the
// machine and the commit.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, loadavg } from 'node:os'

const page = new URL('../../docs/pages.md', import.meta.url)

export function machine() {
  const git = (...args) => execFileSync('git', args, { encoding: 'utf8', cwd: new URL('.', import.meta.url) }).trim()
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':/web', ':/server') ? ' and changes' : ''
  const model = cpus()[0].model.replace(/ Processor$|\s+\d+-Core.*$/, '').trim()
  return `*${model}, ${cpus().length} cores, ${arch()}; commit ${git('rev-parse', '--short', 'HEAD')}${changed}; ${new Date().toISOString().slice(0, 10)}; load before the run ${loadavg()[0].toFixed(2)}.*`
}

// write replaces one part of the page.
export function write(name, text) {
  const [start, end] = [`<!-- bench:${name} -->\n`, `<!-- /bench:${name} -->`]
  const old = readFileSync(page, 'utf8')
  const from = old.indexOf(start), to = old.indexOf(end)
  if (from < 0 || to < from) throw new Error(`docs/pages.md has no place for ${name}`)
  writeFileSync(page, old.slice(0, from + start.length) + text + '\n' + old.slice(to))
}

// spread is the median with the least and the most.
export function spread(numbers, digits = 1) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [least, median, most] = [sorted[0], sorted[sorted.length >> 1], sorted[sorted.length - 1]].map((n) => n.toFixed(digits))
  return least === most ? median : `${median} (${least}–${most})`
}
