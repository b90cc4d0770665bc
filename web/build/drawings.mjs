// Puts the drawings of the diseases into one file: each is a view of it, by the
// name of its file, and all share the outlines.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

const outlines = 'outlines.svg'
const size = 160 // of the square that each is drawn in

// inner is what stands between <svg> and </svg>, without what only people read.
const inner = (text) =>
  text.replace(/<!--[\s\S]*?-->/g, '').replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '').replace(/>\s+</g, '><').trim()

export function drawings(dir) {
  if (!existsSync(join(dir, outlines))) return { svg: '<svg xmlns="http://www.w3.org/2000/svg"/>', names: [] }
  const names = readdirSync(dir).filter((f) => f.endsWith('.svg') && f !== outlines).map((f) => basename(f, '.svg')).sort()
  const [shared] = inner(readFileSync(join(dir, outlines), 'utf8')).match(/<defs>[\s\S]*<\/defs>/)
  const all = names.map((name, i) => {
    const own = inner(readFileSync(join(dir, name + '.svg'), 'utf8')).replaceAll(outlines + '#', '#')
    return `<view id="${name}" viewBox="0 ${i * size} ${size} ${size}"/>` +
      `<svg y="${i * size}" width="${size}" height="${size}"><rect width="${size}" height="${size}" fill="#eef2e2"/>${own}</svg>`
  })
  return { svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${names.length * size}">${shared}${all.join('')}</svg>`, names }
}
