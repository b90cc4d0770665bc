/// <reference lib="webworker" />
// The service worker: keeps the growers' page for when there is no network, and
// sends what waits when the browser says that there is one again.
import { retry } from '../shared/outbox'

declare const self: ServiceWorkerGlobalScope
declare const KEPT: string[] // what a build has, set by build.mjs
declare const VERSION: string

const cacheName = 'pages-' + VERSION

self.addEventListener('install', (e) => {
  e.waitUntil(caches.open(cacheName).then((c) => c.addAll(KEPT.map((path) => new Request(path, { headers: path === '/' ? { Accept: 'text/html' } : {}, cache: path.startsWith('/assets/') ? 'default' : 'reload' })))))
})

self.addEventListener('activate', (e) => {
  e.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith('pages-') && n !== cacheName).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  )
})

// A new version waits until the page says that the user agrees, or until no
// page of the old one is open.
self.addEventListener('message', (e) => {
  if (e.data === 'use the new version') void self.skipWaiting()
})

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== location.origin) return
  const page = e.request.mode === 'navigate' && url.pathname === '/'
  if (!page && !KEPT.includes(url.pathname)) return
  if (page) e.waitUntil(renew())
  e.respondWith(caches.open(cacheName).then((c) => c.match(page ? '/' : url.pathname, { ignoreVary: true })).then((kept) => kept ?? fetch(e.request)))
})

// renew keeps the page as the server sends it now: its policy and what it knows of
// tiles follow the server's options, while its files are those of this version.
async function renew(): Promise<void> {
  try {
    const now = await fetch(new Request('/', { headers: { Accept: 'text/html' }, cache: 'no-cache' }))
    const files = [...(await now.clone().text()).matchAll(/"(\/assets\/[^"]+\.(?:js|css))"/g)].map((m) => m[1]!)
    if (now.ok && files.length > 0 && files.every((f) => KEPT.includes(f))) await (await caches.open(cacheName)).put('/', now)
  } catch {
    // Without a network the page stays as it is.
  }
}

// Chromium alone knows this one; elsewhere the page sends when it is opened.
self.addEventListener('sync', ((e: ExtendableEvent & { tag: string }) => {
  if (e.tag === 'outbox') e.waitUntil(retry())
}) as EventListener)

export {}
