// Builds the pages: src → dist, ready to be embedded.
//
// Names of scripts and styles carry a digest of their content, so that they
// may be kept for ever; every file gets a brotli and a gzip form beside it.
// Run by build.sh, which knows whether anything has changed.
import { build, transform } from 'esbuild'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { drawings } from './drawings.mjs'
import { icon, iconSVG } from './icon.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')
const dist = join(root, 'dist')

// A language is one file: its name is the code, and `language` its own name.
const languages = {
  name: 'languages',
  setup(b) {
    b.onResolve({ filter: /^virtual:languages$/ }, () => ({ path: 'languages', namespace: 'virtual' }))
    b.onLoad({ filter: /.*/, namespace: 'virtual' }, () => {
      const files = readdirSync(join(src, 'languages')).filter((f) => f.endsWith('.json')).sort()
      const rows = files.map((f) => {
        const path = join(src, 'languages', f)
        const own = JSON.parse(readFileSync(path, 'utf8')).language
        return `{ code: ${JSON.stringify(basename(f, '.json'))}, name: ${JSON.stringify(own)}, load: () => import(${JSON.stringify(path)}) }`
      })
      return { contents: `export const languages = [${rows.join(',\n')}]`, resolveDir: src, loader: 'ts' }
    })
  },
}

const common = {
  bundle: true,
  minify: true,
  legalComments: 'none',
  target: ['chrome90', 'firefox90', 'safari15'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
}

const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 10)

// written are all files of dist, by their paths.
const written = new Map()
const write = (name, content) => written.set(name, Buffer.from(content))

// asset writes a file under a name with its digest and gives its address.
function asset(name, content) {
  const dot = name.lastIndexOf('.')
  const hashed = `assets/${name.slice(0, dot)}-${digest(content)}${name.slice(dot)}`
  write(hashed, content)
  return '/' + hashed
}

// The drawings of the diseases are one file with a view for each, so that they
// share their outlines; the pages know which there are.
const sheet = drawings(join(root, '../diseases/drawings'))
const drawn = {
  name: 'drawings',
  setup(b) {
    b.onResolve({ filter: /^virtual:drawings$/ }, () => ({ path: 'drawings', namespace: 'drawn' }))
    b.onLoad({ filter: /.*/, namespace: 'drawn' }, () => ({
      contents: `export const sheet = ${JSON.stringify(asset('drawings.svg', sheet.svg))}, names = ${JSON.stringify(sheet.names)}`, loader: 'ts',
    }))
  },
}

// Leaflet's rules are a file of their own, so that they come with the map alone;
// those that want its pictures are left out, none of its parts with pictures is used.
const leaflet = readFileSync(join(root, 'node_modules/leaflet/dist/leaflet.css'), 'utf8').replace(/[^{}]*\{[^{}]*url\([^{}]*\}/g, '')
const leafletStyle = asset('leaflet.css', (await transform(leaflet, { loader: 'css', minify: true, target: common.target })).code)
const styles = {
  name: 'styles',
  setup(b) {
    b.onResolve({ filter: /^virtual:styles$/ }, () => ({ path: 'styles', namespace: 'styles' }))
    b.onLoad({ filter: /.*/, namespace: 'styles' }, () => ({ contents: `export const leafletStyle = ${JSON.stringify(leafletStyle)}`, loader: 'ts' }))
  },
}

const pages = await build({
  ...common,
  entryPoints: { growers: join(src, 'growers/main.tsx'), admin: join(src, 'admin/main.tsx') },
  outdir: join(dist, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  format: 'esm',
  splitting: true,
  metafile: true,
  write: false,
  plugins: [languages, drawn, styles],
})
for (const f of pages.outputFiles) write('assets/' + basename(f.path), f.contents)

const icons = {
  svg: asset('icon.svg', iconSVG()),
  192: asset('icon-192.png', icon(192, 0)),
  512: asset('icon-512.png', icon(512, 0)),
  maskable: asset('icon-maskable.png', icon(512, 0.1)),
  apple: asset('icon-180.png', icon(180, 0.06)),
}
write('manifest.webmanifest', JSON.stringify({
  id: '/', name: 'MangoSense', short_name: 'MangoSense', description: 'What ails a mango leaf or fruit, from a photo.',
  start_url: '/', scope: '/', display: 'standalone', orientation: 'portrait', lang: 'en',
  background_color: '#f4f6ef', theme_color: '#12351f', categories: ['productivity', 'utilities'],
  icons: [
    { src: icons.svg, type: 'image/svg+xml', sizes: 'any' },
    { src: icons[192], type: 'image/png', sizes: '192x192' },
    { src: icons[512], type: 'image/png', sizes: '512x512' },
    { src: icons.maskable, type: 'image/png', sizes: '512x512', purpose: 'maskable' },
  ],
}))

const outputOf = (source) => Object.entries(pages.metafile.outputs).find(([, o]) => o.entryPoint?.endsWith(source))

// shell is an entry's page: its own script and style, and what it loads at
// once; English is among that, as every language falls back on it. top is seen
// until the script draws the page.
function shell(name, title, top, manifest = '') {
  const [path, output] = outputOf(`${name}/main.tsx`)
  const [english] = outputOf('src/languages/en.json')
  const scripts = [path, ...output.imports.filter((i) => i.kind === 'import-statement').map((i) => i.path), english]
  const html = readFileSync(join(src, 'shared/page.html'), 'utf8')
    .replace('%TITLE%', title)
    .replace('%TOP%', top)
    .replace('%MANIFEST%\n', manifest)
    .replace('%STYLE%', '/assets/' + basename(output.cssBundle))
    .replace('%SCRIPT%', '/assets/' + basename(path))
    .replace('%ICON%', icons.svg)
    .replace('%APPLE%', icons.apple)
    .replace('%PRELOAD%', scripts.slice(1).map((s) => `<link rel="modulepreload" href="/assets/${basename(s)}">`).join('\n'))
  write(`${name}.html`, html)
  return [...scripts.map((s) => '/assets/' + basename(s)), '/assets/' + basename(output.cssBundle)]
}
const first = shell('growers', 'MangoSense', '<header class="top"><span class="brand">MangoSense</span></header>', '<link rel="manifest" href="/manifest.webmanifest">\n')
shell('admin', 'MangoSense admin', '<div class="admin"><header class="bar"><span class="brand">MangoSense</span></header></div>')

// The worker keeps what the growers' page needs without a network: all of its
// chunks and all languages, nothing of the administrators', and no map of tiles.
const reachable = new Set()
function reach(path) {
  if (reachable.has(path) || pages.metafile.outputs[path]?.entryPoint?.endsWith('shared/tiles.ts')) return
  reachable.add(path)
  for (const i of pages.metafile.outputs[path]?.imports ?? []) if (!i.external) reach(i.path)
  const css = pages.metafile.outputs[path]?.cssBundle
  if (css) reachable.add(css)
}
reach(Object.keys(pages.metafile.outputs).find((p) => pages.metafile.outputs[p].entryPoint?.endsWith('growers/main.tsx')))
const kept = ['/', '/manifest.webmanifest', asset('drawings.svg', sheet.svg), icons.svg, icons[192], ...[...reachable].map((p) => '/assets/' + basename(p)).sort()]
const version = digest(kept.map((k) => k + (written.get(k === '/' ? 'growers.html' : k.slice(1)) ?? '')).join('\n'))
const worker = await build({
  ...common,
  entryPoints: [join(src, 'worker/worker.ts')],
  format: 'iife',
  write: false,
  define: { KEPT: JSON.stringify(kept), VERSION: JSON.stringify(version) },
})
write('worker.js', worker.outputFiles[0].contents)

rmSync(dist, { recursive: true, force: true })
let firstLoad = 0
const counted = new Set([...first, '/growers.html'])
for (const [name, content] of written) {
  const path = join(dist, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  if (/\.(png|jpg|webp)$/.test(name)) continue
  const br = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } })
  writeFileSync(path + '.br', br)
  writeFileSync(path + '.gz', gzipSync(content, { level: 9 }))
  if (counted.has('/' + name)) firstLoad += br.length
}
writeFileSync(join(dist, '.keep'), 'Built pages come here: make web.\n')
console.log(`built the pages: the growers' first load is ${(firstLoad / 1000).toFixed(1)} kB compressed`)
