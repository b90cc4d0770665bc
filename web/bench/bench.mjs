// Measures the pages and writes what it found into docs/pages.md:
//
//     node bench.mjs [upload] [marks]
//
// Run by `make bench-pages`.
import { machine, write } from './page.mjs'

const steps = {
  upload: async () => (await import('./upload.mjs')).upload(),
  marks: async () => (await import('./marks.mjs')).marks(),
}
const asked = process.argv.slice(2)
for (const name of asked) if (!(name in steps)) throw new Error(`there is no step ${name}: ${Object.keys(steps).join(', ')}`)
for (const [name, measure] of Object.entries(steps)) {
  if (asked.length && !asked.includes(name)) continue
  const where = machine()
  const text = await measure()
  write(name, `${where}\n\n${text}`)
  console.log(`${text}\n`)
}
