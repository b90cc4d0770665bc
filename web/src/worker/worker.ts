/// <reference lib="webworker" />
// The service worker: keeps the growers' page for when there is no network.
declare const self: ServiceWorkerGlobalScope
declare const KEPT: string[] // what a build has, set by build.mjs
declare const VERSION: string

const cacheName = 'pages-' + VERSION

self.addEventListener('install', (e) => {
  e.waitUntil(caches.open(cacheName).then((c) => c.addAll(KEPT.map((path) => new Request(path, { headers: path === '/' ? { Accept: 'text/html' } : {} })))))
})

self.addEventListener('activate', (e) => {
  e.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith('pages-') && n !== cacheName).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== location.origin) return
  const page = e.request.mode === 'navigate' && url.pathname === '/'
  if (!page && !KEPT.includes(url.pathname)) return
  e.respondWith(caches.open(cacheName).then((c) => c.match(page ? '/' : url.pathname, { ignoreVary: true })).then((kept) => kept ?? fetch(e.request)))
})

export {}
